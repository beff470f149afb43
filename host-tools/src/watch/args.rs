//! What `portolan watch` and `portolan record` are told.

use crate::board::BoardArgs;
use crate::cli::Mode;
use crate::pins::Edges;
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Which lines of which board, and until when.
#[derive(Clone, Debug, Args)]
pub struct SourceArgs {
    /// Which board.
    #[command(flatten)]
    pub board: BoardArgs,

    /// Watch this line, perhaps under a name; repeatable. Without it all lines, or those that --stimulus drives
    #[arg(long = "line", value_name = "LINE[=NAME]")]
    pub lines: Vec<LineArg>,

    /// Reject pulses of this many ticks of the board's clock or fewer
    #[arg(long, value_name = "TICKS", default_value_t = 0)]
    pub filter: u8,

    /// End after so many packets
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,

    /// End after this time of the board: 10s, 500ms, 2min
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub time: Option<Duration>,

    /// What is on the pins of a simulated board, channel n on line n: a .sr, .vcd or .jsonl file; without it, the
    /// bundled example
    #[arg(long, value_name = "FILE")]
    pub stimulus: Option<PathBuf>,
}

/// One `--line LINE[=NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineArg {
    /// The line.
    pub line: u32,
    /// What it is called.
    pub name: Option<String>,
}

impl FromStr for LineArg {
    type Err = String;

    fn from_str(text: &str) -> Result<LineArg, String> {
        let (line, name) = match text.split_once('=') {
            Some((line, name)) => (line, Some(name.trim())),
            None => (text, None),
        };
        let line = line
            .trim()
            .parse()
            .map_err(|_| format!("'{line}' is no line number; write LINE or LINE=NAME"))?;
        if name == Some("") {
            return Err("the name is empty; write LINE or LINE=NAME".into());
        }
        Ok(LineArg { line, name: name.map(Into::into) })
    }
}

/// Arguments of `portolan watch`.
#[derive(Clone, Debug, Args)]
#[command(after_help = WATCH_HELP)]
pub struct WatchArgs {
    /// What is watched.
    #[command(flatten)]
    pub source: SourceArgs,

    /// Which edges count
    #[arg(long, value_enum, default_value_t = Edges::Both)]
    pub edges: Edges,

    /// Every edge a packet, or one packet until it is acknowledged
    #[arg(long, value_enum, default_value_t = Mode::Stream)]
    pub mode: Mode,

    /// One JSON object per line on stdout, and nothing else
    #[arg(long)]
    pub json: bool,

    /// How many packets to show before the summary; without it, all
    #[arg(long, value_name = "N", conflicts_with = "json")]
    pub packets: Option<u64>,
}

const WATCH_HELP: &str = "\
Examples:
  portolan watch --line 3=button --line 4 --for 10s
  portolan watch --stimulus recording.sr --count 20
  portolan watch --json > edges.jsonl; portolan run edges.jsonl

It ends with Ctrl-C, --count, --for, or when a simulated board has played its stimulus to the end; then comes the
summary. Times count from the moment at which it listens to all lines; on a simulated board from the first sample.";

/// Arguments of `portolan record`.
#[derive(Clone, Debug, Args)]
#[command(after_help = RECORD_HELP)]
pub struct RecordArgs {
    /// The file: its name ends with .vcd, .sr or .jsonl
    pub file: PathBuf,

    /// What is recorded.
    #[command(flatten)]
    pub source: SourceArgs,

    /// The summary as one JSON object on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

const RECORD_HELP: &str = "\
Examples:
  portolan record edges.vcd --line 3=STEP --line 4=DIR --for 1min
  portolan record edges.sr --stimulus recording.sr
  portolan run edges.vcd

Both edges of each line are recorded, with the board's clock as the sample rate, so that the file plays back to the
same cycles. A .sr file has a sample for every cycle: 100 million a second; for long recordings take .vcd or .jsonl.
The file appears when it is complete: at the end, with Ctrl-C, or when the board dies; an older recording of the
same kind is replaced.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_number_and_perhaps_a_name() {
        let line = |text: &str| text.parse::<LineArg>().map(|line| (line.line, line.name));
        assert_eq!(line("3"), Ok((3, None)));
        assert_eq!(line("4 = STEP (Y=1)"), Ok((4, Some("STEP (Y=1)".into()))));
        for wrong in ["", "a", "-1", "3=", "=a"] {
            assert!(line(wrong).unwrap_err().contains("LINE=NAME"), "{wrong}");
        }
    }
}
