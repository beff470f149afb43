//! What can go wrong on the way to a bitstream, each with the thing it concerns.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tool, its packages, or a file of theirs.
    #[error(transparent)]
    Tool(#[from] portolan_packages::Error),
    /// A board's description cannot be built.
    #[error("boards/{board}/board.toml: {what}")]
    Board {
        /// Its folder.
        board: String,
        /// What is wrong.
        what: String,
    },
    /// FASM, database or bitstream.
    #[error(transparent)]
    Fasm(#[from] portolan_fasm::Error),
}

impl Error {
    /// What was tried with a file or folder, for `map_err`.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let error = portolan_packages::Error::io(what, path);
        move |source| error(source).into()
    }

    /// A tool printed what it never should.
    pub(crate) fn output(tool: &'static str, what: impl Into<String>) -> Error {
        portolan_packages::Error::Output { tool, what: what.into() }.into()
    }
}
