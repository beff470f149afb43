//! How a command ends when it cannot do its work: one message, and an exit code that scripts can use.

use crate::capture::CaptureError;
use crate::wiring::WiringError;
use std::fmt;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// What was asked or given cannot be used: exit code 2, as for arguments. Nothing was written.
    Input(anyhow::Error),
    /// It went wrong on the way: exit code 1.
    Run(anyhow::Error),
    /// The user pressed Ctrl-C: exit code 130, as shells know it.
    Interrupted,
    /// Nobody reads the output any more, which is no fault: exit code 0, no message.
    Closed,
}

impl Failure {
    /// Exit code of a program that ended by SIGINT: 128 and the signal's number.
    pub const INTERRUPTED: u8 = 130;

    /// Prints the message on stderr, with everything that caused it, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        if !matches!(self, Failure::Closed) {
            anstream::eprintln!("{0}error:{0:#} {self}", anstyle::AnsiColor::Red.on_default().bold());
        }
        match self {
            Failure::Input(_) => ExitCode::from(2),
            Failure::Run(_) => ExitCode::FAILURE,
            Failure::Interrupted => ExitCode::from(Failure::INTERRUPTED),
            Failure::Closed => ExitCode::SUCCESS,
        }
    }

    /// An output that cannot be written.
    pub fn output(error: io::Error) -> Failure {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Run(anyhow::Error::new(error).context("cannot write the output")),
        }
    }
}

impl fmt::Display for Failure {
    /// The message, which says what to do, and on lines of their own what caused it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Input(error) | Failure::Run(error) => {
                write!(f, "{error}")?;
                error.chain().skip(1).try_for_each(|cause| write!(f, "\n  cause: {cause}"))
            }
            Failure::Interrupted => {
                f.write_str("interrupted before the end of the capture; there is no summary")
            }
            Failure::Closed => f.write_str("nobody reads the output any more"),
        }
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Failure {
        Failure::Input(error.into())
    }
}

impl From<WiringError> for Failure {
    fn from(error: WiringError) -> Failure {
        Failure::Input(error.into())
    }
}
