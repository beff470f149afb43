//! C and C++ programs against the installed library: the conformance suite, the headers, the examples; and what the
//! library exports.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portolan_conformance::{BOARDS, CASES, Case, Ends, Run};

const SIGKILL: i32 = 9;

/// Where cargo puts the libraries that this test depends on: beside the test.
fn built() -> PathBuf {
    let own = std::env::current_exe().expect("a test is a program");
    own.parent().expect("it is in a folder").to_owned()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All that a program said.
fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// What the command printed; it must succeed.
fn succeed(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// An installation in a folder of its own.
struct Installed {
    folder: tempfile::TempDir,
}

impl Installed {
    fn new() -> Installed {
        let folder = tempfile::tempdir().expect("a folder");
        succeed(Command::new(here("install")).arg(built()).arg(folder.path()));
        Installed { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// What pkg-config says.
    fn flags(&self, arguments: &[&str]) -> Vec<String> {
        let said = succeed(
            Command::new("pkg-config")
                .args(arguments)
                .arg("portolan")
                .env("PKG_CONFIG_PATH", self.path("lib/pkgconfig")),
        );
        said.split_whitespace().map(str::to_owned).collect()
    }

    /// Compiles a program against the installed library: the program.
    fn compile(&self, source: &str, arguments: &[String]) -> PathBuf {
        let program = self.path(&source.replace(['/', '.'], "_"));
        let (compiler, standard) = match source.ends_with(".cpp") {
            true => ("c++", "-std=c++17"),
            false => ("cc", "-std=c11"),
        };
        succeed(
            Command::new(compiler)
                .args([standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-o"])
                .arg(&program)
                .arg(here(source))
                .args(self.flags(&["--cflags"]))
                .args(arguments),
        );
        program
    }

    fn shared(&self) -> Vec<String> {
        let mut flags = self.flags(&["--libs"]);
        flags.push(format!("-Wl,-rpath,{}", self.path("lib").display()));
        flags
    }
}

/// The README's commands after the one that installs, in a home with an installation in it.
#[test]
fn the_commands_of_the_readme_compile_and_run_a_program() {
    let home = tempfile::tempdir().expect("a folder");
    let prefix = home.path().join(".local");
    succeed(Command::new(here("install")).arg(built()).arg(&prefix));
    let text = std::fs::read_to_string(here("../../README.md")).expect("the README is there");
    let (_, after) = text.split_once("    make install PREFIX=$HOME/.local").expect("how to install");
    let commands: Vec<_> = after.lines().skip(1).map_while(|line| line.strip_prefix("    ")).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    // The program that they make is not for the tree; the tree is where they are typed.
    let typed =
        commands.join(" &&\n").replace("cc driver", &format!("cc {}/driver", here("../..").display()));
    let output =
        run(Command::new("sh").args(["-c", &typed]).current_dir(home.path()).env("HOME", home.path()));
    let said = text_of(&output);
    assert!(output.status.success() && said.contains("key 1: interrupt at 1000 ns"), "{typed}\n{said}");
}

#[test]
fn a_folder_that_pkg_config_cannot_name_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(Command::new(here("install")).arg(built()).arg(folder.path().join("a b")));
    assert!(!output.status.success() && text_of(&output).contains("choose another PREFIX"));
}

fn with_simulator() -> bool {
    cfg!(feature = "sim")
}

#[test]
fn every_case_passes_in_a_c_program_linked_with_the_shared_library() {
    let installed = Installed::new();
    let mut flags = installed.shared();
    let cases = built();
    flags.extend([
        format!("-L{}", cases.display()),
        "-lportolan_conformance".to_owned(),
        format!("-Wl,-rpath,{}", cases.display()),
    ]);
    let program = installed.compile("tests/conformance.c", &flags);

    // Where cargo says that libraries are there may be older cases: a build leaves them, and a test does not renew them.
    let suite = || {
        let mut command = Command::new(&program);
        command.env_remove("LD_LIBRARY_PATH");
        command
    };

    let said = succeed(&mut suite());
    println!("{said}");
    assert_eq!(said.contains("SKIPPED"), !with_simulator(), "{said}");
    let boards = if with_simulator() { BOARDS.len() } else { 0 };
    let runs = |case: &Case| match case.run {
        Run::Once(_) => 1,
        Run::Interrupt(_) => 1 + boards,
        Run::Line(_) | Run::Simulated(_) => boards,
    };
    let expected: usize = CASES.iter().filter(|case| case.ends == Ends::Here).map(runs).sum();
    let passed: usize = said
        .lines()
        .find_map(|line| line.split_once(" passed, 0 failed")?.0.parse().ok())
        .expect("it says how many passed");
    assert_eq!(passed, expected);

    for case in CASES.iter().filter(|case| case.ends != Ends::Here) {
        let output = run(suite().arg(case.name));
        let why = format!("{}: {}{}", case.name, output.status, text(&output.stderr));
        match case.ends {
            Ends::Killed => assert_eq!(output.status.signal(), Some(SIGKILL), "{why}"),
            _ => assert!(output.status.success(), "{why}"),
        }
    }
}

#[test]
fn headers_have_the_numbers_and_layouts_of_zircon_in_c_and_cpp() {
    let installed = Installed::new();
    let flags: Vec<_> = installed.shared().into_iter().chain(["-pthread".to_owned()]).collect();
    for source in ["tests/headers.c", "tests/headers.cpp"] {
        succeed(&mut Command::new(installed.compile(source, &flags)));
    }
}

#[test]
fn each_header_can_be_included_alone_in_both_languages() {
    let installed = Installed::new();
    let mut headers = vec!["portolan.h".to_owned()];
    for folder in ["zircon", "zircon/syscalls", "magenta", "magenta/syscalls"] {
        for entry in std::fs::read_dir(here("include").join(folder)).expect("a folder of headers") {
            let name = entry.expect("an entry").file_name().into_string().expect("a plain name");
            if name.ends_with(".h") {
                headers.push(format!("{folder}/{name}"));
            }
        }
    }
    assert!(headers.len() > 25, "{headers:?}");
    for header in headers {
        for (language, standard) in [("c", "-std=c11"), ("c++", "-std=c++17")] {
            let source = installed.path("alone");
            std::fs::write(&source, format!("#include <{header}>\nint more_than_nothing;\n"))
                .expect("a file");
            succeed(
                Command::new("cc")
                    .args([
                        "-x",
                        language,
                        standard,
                        "-Wall",
                        "-Wextra",
                        "-pedantic",
                        "-Werror",
                        "-fsyntax-only",
                    ])
                    .arg(&source)
                    .args(installed.flags(&["--cflags"])),
            );
        }
    }
}

#[test]
fn the_examples_run_with_the_shared_and_with_the_static_library() {
    let installed = Installed::new();
    // The C library stays shared: what the workspace is built with has serial lines, which ask for symbols of that one.
    let archive = |flag: String| if flag == "-lportolan" { "-l:libportolan.a".into() } else { flag };
    let linked = installed.flags(&["--libs", "--static"]).into_iter().map(archive).collect();
    for flags in [installed.shared(), linked] {
        let said = succeed(&mut Command::new(installed.compile("examples/interrupt.c", &flags)));
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(lines[0], "key 1: interrupt at 1000 ns");
        if with_simulator() {
            assert!(lines[1].starts_with("key 2: interrupt at "), "{said}");
            assert_eq!(lines[2], "line 3: 1 edge, 1 delivered");
        } else {
            assert_eq!(lines[1], "this library was built without the simulated board");
        }
        let said = succeed(&mut Command::new(installed.compile("examples/poll.c", &flags)));
        assert_eq!(said, "the pipe: x\nthe port: packet 7\n");
        let flags: Vec<_> = flags.iter().cloned().chain(["-pthread".to_owned()]).collect();
        let said = succeed(&mut Command::new(installed.compile("examples/magenta.c", &flags)));
        let lines: Vec<_> = said.lines().collect();
        let both = ["key 1: message 1 of 2", "key 2: 24 bytes of a program", "key 1: message 2 of 2"];
        assert_eq!(lines[..3], both);
        assert_eq!(lines[3], "key 3: the event changed, and changed again");
        match with_simulator() {
            true => assert_eq!(lines[4..], ["line 5: an interrupt", "line 5: signaled"]),
            false => assert_eq!(lines[4..], ["this library was built without the simulated board"]),
        }
        let said = succeed(&mut Command::new(installed.compile("examples/events.cpp", &flags)));
        let lines: BTreeSet<_> = said.lines().collect();
        assert_eq!(lines, BTreeSet::from(["the event is set", "the timer expired", "a message: hello"]));
    }
}

/// Names of functions that the headers declare.
fn declared() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    const HEADERS: [&str; 7] = [
        "portolan.h",
        "zircon/syscalls.h",
        "zircon/process.h",
        "zircon/status.h",
        "zircon/threads.h",
        "magenta/syscalls.h",
        "magenta/status.h",
    ];
    for header in HEADERS {
        let text = std::fs::read_to_string(here("include").join(header)).expect("a header");
        let outside =
            |line: &&str| !line.starts_with([' ', '/', '#', '}']) && !line.contains("static inline");
        for line in text.lines().filter(outside) {
            if let Some((head, _)) = line.split_once('(') {
                let name = head.rsplit([' ', '*']).next().unwrap_or_default();
                names.insert(name.to_owned());
            }
        }
    }
    names
}

#[test]
fn the_shared_library_exports_what_the_headers_declare_and_nothing_else() {
    let installed = Installed::new();
    let library = installed.path("lib/libportolan.so.0");
    let said = succeed(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(&library));
    let exported: BTreeSet<_> =
        said.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    let declared = declared();
    assert!(declared.len() > 200, "{declared:?}");
    let difference: Vec<_> = exported.symmetric_difference(&declared).collect();
    assert!(difference.is_empty(), "exported or declared, but not both: {difference:?}");
    // It is no call of the kernel.
    const ONE_NAME: &str = "zx_take_startup_handle";
    let calls = declared.iter().filter(|name| name.starts_with("zx_") || name.starts_with("mx_"));
    for name in calls.filter(|name| *name != ONE_NAME) {
        assert!(declared.contains(&format!("_{name}")), "{name} has no second name");
    }
    let dynamic = succeed(Command::new("readelf").arg("-d").arg(&library));
    assert!(dynamic.contains("[libportolan.so.0]"), "{dynamic}");
}
