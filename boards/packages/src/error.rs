//! What can go wrong, each with the thing it concerns and the remedy.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{what} {}", path.display())]
    Io {
        /// What was tried, such as "cannot read".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A program could not be started.
    #[error("cannot start {program}{hint}")]
    Start {
        /// The program.
        program: String,
        /// What to do, or nothing.
        hint: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// A program ended with an error.
    #[error("{program} failed ({status}):\n{output}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// The last lines of its output.
        output: String,
    },
    /// No Debian mirror is configured on this machine.
    #[error(
        "no Debian mirror in this machine's apt configuration; set PORTOLAN_DEBIAN_MIRROR to the address of one \
         (it ends in /debian), and install the package debian-archive-keyring if this is not Debian"
    )]
    NoMirror,
    /// The lock file has a line that cannot be understood.
    #[error("{file} line {line}: {reason}: `{text}`")]
    LockSyntax {
        /// The lock file.
        file: &'static str,
        /// Counted from one.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
        /// The line.
        text: String,
    },
    /// The lock was made for another machine architecture.
    #[error("{file} is for {locked}, this machine is {actual}; `{renew}` makes one for this machine")]
    Architecture {
        /// The lock file.
        file: &'static str,
        /// The architecture in the lock file, as Debian names it.
        locked: String,
        /// This machine's.
        actual: String,
        /// What makes a lock file.
        renew: &'static str,
    },
    /// The mirror has moved on.
    #[error(
        "the mirror no longer has what is pinned:\n{changes}\nrenew the pins with `{renew}`, look at what comes out \
         then, and commit both; or try once with `--newest`"
    )]
    MovedOn {
        /// One line per package that differs.
        changes: String,
        /// What renews the pins.
        renew: &'static str,
    },
    /// The mirror gave the locked version with other contents.
    #[error("{package}: the file from the mirror has SHA-256 {actual}, {file} says {expected}")]
    Checksum {
        /// The lock file.
        file: &'static str,
        /// Name and version.
        package: String,
        /// From the lock file.
        expected: String,
        /// Of the file.
        actual: String,
    },
    /// What the machine must have and lacks.
    #[error("{what} is missing; type: {remedy}")]
    Missing {
        /// What.
        what: &'static str,
        /// The command that brings it.
        remedy: &'static str,
    },
    /// A tool's output lacks something.
    #[error("{what} in the output of {tool}")]
    Output {
        /// The tool.
        tool: &'static str,
        /// What is missing or wrong.
        what: String,
    },
}

impl Error {
    /// For `map_err`: an [`Error::Io`] about `path`.
    pub fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Error::Io { what, path, source }
    }
}
