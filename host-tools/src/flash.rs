//! `portolan flash`: a bitstream into a board's FPGA, by openFPGALoader.

use crate::failure::Failure;
use anyhow::anyhow;
use clap::Args;
use portolan_board::Board;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::Command;

/// As it is called everywhere.
const LOADER: &str = "openFPGALoader";

/// Arguments of `portolan flash`.
#[derive(Clone, Debug, Args)]
#[command(after_help = FLASH_HELP)]
pub struct FlashArgs {
    /// The board: a folder of boards/, such as pynq-z2
    pub board: String,

    /// The bitstream; without it, what `portolan-boards build` made, below the current folder
    #[arg(long, value_name = "FILE.bit")]
    pub file: Option<PathBuf>,

    /// openFPGALoader's name of the JTAG cable, where the board has none of its own
    #[arg(long, value_name = "NAME")]
    pub cable: Option<String>,

    /// Say what would be run, and run nothing
    #[arg(long)]
    pub dry_run: bool,

    /// One JSON object on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

const FLASH_HELP: &str = "\
Examples:
  portolan flash zybo-z7-20
  portolan flash ebaz4205 --cable digilent_hs2
  portolan flash pynq-z2 --file other.bit --dry-run

The bitstream is loaded into the FPGA, not into a memory beside it: it is gone when power is.";

/// Loads the bitstream, or says what would.
pub fn flash(args: &FlashArgs) -> Result<(), Failure> {
    let board = portolan_board::find(&args.board).map_err(|error| Failure::Input(error.into()))?;
    let command = words(board, args)?;
    if args.dry_run {
        return tell(board, args, &command);
    }
    let file = file(board, args);
    if !file.is_file() {
        return Err(Failure::Input(anyhow!(
            "there is no {}; type: cargo run -p portolan-boards -- build {}",
            file.display(),
            board.id
        )));
    }
    let mut loader = Command::new(LOADER);
    if args.json {
        loader.stdout(io::stderr());
    }
    match loader.args(&command[1..]).status() {
        Ok(status) if status.success() && args.json => tell(board, args, &command),
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Run(anyhow!("{} failed ({status})", command.join(" ")))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Failure::Run(anyhow!("{LOADER} is not installed; type: sudo apt-get install openfpgaloader")))
        }
        Err(error) => Err(Failure::Run(anyhow::Error::new(error).context(format!("cannot start {LOADER}")))),
    }
}

/// Says what was run, or would be.
fn tell(board: &Board, args: &FlashArgs, command: &[String]) -> Result<(), Failure> {
    let text = if args.json {
        let loaded = !args.dry_run;
        serde_json::json!({ "v": 1, "type": "flash", "board": board.id, "command": command, "loaded": loaded })
            .to_string()
    } else {
        command.join(" ")
    };
    writeln!(io::stdout(), "{text}").map_err(Failure::output)
}

fn file(board: &Board, args: &FlashArgs) -> PathBuf {
    let built = || ["target", "bitstreams", board.id, &format!("{}.bit", board.id)].iter().collect();
    args.file.clone().unwrap_or_else(built)
}

/// The command's words.
fn words(board: &Board, args: &FlashArgs) -> Result<Vec<String>, Failure> {
    let mut words = vec![LOADER.to_owned()];
    if board.loader.is_none() && args.cable.is_none() {
        return Err(Failure::Input(anyhow!(
            "{LOADER} knows no board {}: say by which cable it is reached, such as --cable digilent_hs2 \
             (`{LOADER} --list-cables` names them)",
            board.name
        )));
    }
    if !board.has_bitstream() && args.file.is_none() {
        return Err(Failure::Input(anyhow!(
            "no open tool makes a bitstream of {}: give the one that you have with --file (boards/{}/README.md)",
            board.name,
            board.id
        )));
    }
    words.extend(board.loader.iter().flat_map(|name| ["--board".to_owned(), name.clone()]));
    words.extend(args.cable.iter().flat_map(|name| ["--cable".to_owned(), name.clone()]));
    words.push(file(board, args).display().to_string());
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(board: &str) -> FlashArgs {
        FlashArgs { board: board.into(), file: None, cable: None, dry_run: false, json: false }
    }

    fn line(args: &FlashArgs) -> Result<String, String> {
        let board = portolan_board::find(&args.board).unwrap();
        words(board, args).map(|words| words.join(" ")).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_command_names_board_cable_and_file() {
        let built = "openFPGALoader --board pynq_z2 target/bitstreams/pynq-z2/pynq-z2.bit";
        assert_eq!(line(&args("pynq-z2")).unwrap(), built);
        let given = FlashArgs { file: Some("a.bit".into()), cable: Some("ft232".into()), ..args("pynq-z2") };
        assert_eq!(line(&given).unwrap(), "openFPGALoader --board pynq_z2 --cable ft232 a.bit");
    }

    #[test]
    fn a_board_that_the_loader_does_not_know_needs_a_cable() {
        assert!(line(&args("ebaz4205")).unwrap_err().contains("--cable digilent_hs2"));
        let given = FlashArgs { cable: Some("ft232".into()), ..args("ebaz4205") };
        assert_eq!(
            line(&given).unwrap(),
            "openFPGALoader --cable ft232 target/bitstreams/ebaz4205/ebaz4205.bit"
        );
    }

    #[test]
    fn a_board_without_a_bitstream_needs_a_file() {
        assert!(line(&args("acorn-cle-215")).unwrap_err().contains("boards/acorn-cle-215/README.md"));
        let given = FlashArgs { file: Some("a.bit".into()), ..args("acorn-cle-215") };
        assert_eq!(line(&given).unwrap(), "openFPGALoader --board acornCle215 a.bit");
    }

    #[test]
    fn a_missing_bitstream_is_said_to_be_built_first() {
        let missing = FlashArgs { file: Some("/no/such.bit".into()), ..args("pynq-z2") };
        match flash(&missing) {
            Err(Failure::Input(error)) => assert!(error.to_string().contains("build pynq-z2"), "{error}"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(flash(&args("nothing")), Err(Failure::Input(_))));
    }
}
