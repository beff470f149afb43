//! Programs of this machine, run to their end.

use std::process::{Command, Output, Stdio};

use crate::Error;

/// Runs a command to its end and returns its standard output; an error carries the end of both its outputs.
pub fn run_quietly(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|source| Error::Start {
            program: program.clone(),
            hint: " (it is part of Debian and Ubuntu; other systems cannot fetch the tools)",
            source,
        })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let both = [stdout, stderr].concat();
    Err(Error::Failed { program, status, output: last_lines(&String::from_utf8_lossy(&both), 20) })
}

/// The last `count` lines of `text`.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_program_shows_the_end_of_what_it_said() {
        let mut command = Command::new("sh");
        match run_quietly(command.args(["-c", "seq 1 100; echo why >&2; exit 3"])) {
            Err(Error::Failed { status, output, .. }) => {
                assert_eq!(status.code(), Some(3));
                assert!(output.starts_with("82\n") && output.ends_with("why"), "{output}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run_quietly(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().starts_with("cannot start no-such-program"), "{error}");
    }
}
