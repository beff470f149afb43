//! What shells and readers of manuals get from the command line's own description: completions and man pages.

use crate::failure::Failure;
use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `portolan completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  portolan completions bash > ~/.local/share/bash-completion/completions/portolan
  portolan completions fish > ~/.config/fish/completions/portolan.fish
  portolan completions zsh > \"${fpath[1]}/_portolan\"";

/// Arguments of `portolan man`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portolan man ~/.local/share/man/man1 && man portolan-run")]
pub struct ManArgs {
    /// The folder, which is made if it is not there: a page for each command
    pub folder: PathBuf,
}

/// Writes the completions of `command` to stdout.
pub fn completions(args: &CompletionsArgs, mut command: Command) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "portolan", &mut text);
    let mut out = io::stdout().lock();
    out.write_all(&text).and_then(|()| out.flush()).map_err(Failure::output)
}

/// Writes a man page of `command` and of each of its own.
pub fn man(args: &ManArgs, command: Command) -> Result<(), Failure> {
    let folder = &args.folder;
    let what = || format!("cannot write man pages into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(what).map_err(Failure::Input)?;
    clap_mangen::generate_to(command, folder).with_context(what).map_err(Failure::Input)
}
