//! What `portolan do`, `port` and `irq` are told, and which script each of them is.

use super::script::{self, Operation, Statement};
use crate::board::BoardArgs;
use crate::failure::Failure;
use clap::{Args, Subcommand, ValueEnum};
use portolan::{Delivery, LineConfig, LineMode};
use std::time::Duration;

/// A board, and how answers are written.
#[derive(Clone, Debug, Args)]
pub struct CommonArgs {
    /// Which board.
    #[command(flatten)]
    pub board: BoardArgs,

    /// One JSON object per line on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `portolan do`.
#[derive(Clone, Debug, Args)]
#[command(after_help = do_help())]
pub struct DoArgs {
    /// The script; without it, or with -, it is read from standard input, each line carried out as it comes
    pub script: Option<String>,

    /// Go on after an operation that is refused; the exit code tells in the end
    #[arg(long)]
    pub keep_going: bool,

    /// Which board.
    #[command(flatten)]
    pub board: BoardArgs,

    /// One JSON object per line on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

fn do_help() -> String {
    let width =
        script::FORMS.iter().map(|(form, _)| form.len()).filter(|width| *width < 40).max().unwrap_or(0);
    let row = |(form, what): &(&str, &str)| match form.len() <= width {
        true => format!("  {form:width$}  {what}\n"),
        false => format!("  {form}\n  {:width$}  {what}\n", ""),
    };
    let forms: String = script::FORMS.iter().map(row).collect();
    format!(
        "Operations, divided by ; or ends of lines (# begins a comment):\n{forms}\n\
         Examples:\n  \
         portolan do 'bind 3 key=7; trigger 3; wait; ack 3; wait timeout=1ms'\n  \
         portolan do --board none 'queue key=1 payload=c0ffee; cancel 1; drain'\n\n\
         All act on one port, on a board that is reset when it is opened. The first operation that is refused ends the\n\
         script, with exit code 1."
    )
}

/// A mode of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Rising edges
    Rising,
    /// Falling edges
    Falling,
    /// Both edges
    Both,
    /// High level
    High,
    /// Low level
    Low,
}

impl From<ModeArg> for LineMode {
    fn from(mode: ModeArg) -> LineMode {
        match mode {
            ModeArg::Rising => LineMode::Rising,
            ModeArg::Falling => LineMode::Falling,
            ModeArg::Both => LineMode::Both,
            ModeArg::High => LineMode::High,
            ModeArg::Low => LineMode::Low,
        }
    }
}

/// `portolan port`.
#[derive(Clone, Debug, Subcommand)]
pub enum PortCommand {
    /// Queue a packet on a port, and show it as a waiter gets it
    #[command(
        after_help = "Examples:\n  portolan port queue --key 7 --payload c0ffee --board none\n  portolan port queue --key 7 --window\n\nThe script: queue key=K status=S payload=HEX; wait count=1 (with --window: post instead of queue)"
    )]
    Queue {
        /// The packet's key
        #[arg(long, default_value = "0", value_parser = script::number)]
        key: u64,
        /// Its status
        #[arg(long, default_value = "0", value_parser = script::status, allow_hyphen_values = true)]
        status: i32,
        /// Up to 32 bytes as pairs of hexadecimal digits
        #[arg(long, value_name = "HEX", default_value = "")]
        payload: String,
        /// Through the port's post window on the board, as another bus master does it
        #[arg(long)]
        window: bool,
        /// Board and form.
        #[command(flatten)]
        common: CommonArgs,
    },
    /// Bind lines to a port, and wait for packets
    #[command(
        after_help = "Example:\n  portolan port wait --line 3 --line 4 --count 10 --timeout 1min\n\nThe script: bind LINE delivery=stream (for each); wait count=N timeout=T"
    )]
    Wait {
        /// A line to bind, perhaps under another key than its number; repeatable
        #[arg(long = "line", value_name = "LINE[=KEY]", required = true, value_parser = line_key)]
        lines: Vec<(u32, u64)>,
        /// Which edges or levels count
        #[arg(long, value_enum, default_value_t = ModeArg::Both)]
        mode: ModeArg,
        /// Fire the lines' test edges before waiting
        #[arg(long)]
        trigger: bool,
        /// Packets that must come
        #[arg(long, value_name = "N", default_value_t = 1)]
        count: u64,
        /// How long, on the board's clock
        #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
        timeout: Duration,
        /// Board and form.
        #[command(flatten)]
        common: CommonArgs,
    },
    /// Queue packets on a port, remove those of a key, and show which are left
    #[command(
        after_help = "Example:\n  portolan port cancel 7 --queue 7 --queue 8 --board none\n\nThe script: queue key=Q (for each); cancel KEY; drain"
    )]
    Cancel {
        /// The key
        #[arg(value_parser = script::number)]
        key: u64,
        /// Queue a packet of this key before; repeatable
        #[arg(long, value_name = "KEY", value_parser = script::number)]
        queue: Vec<u64>,
        /// Queue them through the port's post window on the board
        #[arg(long)]
        window: bool,
        /// Board and form.
        #[command(flatten)]
        common: CommonArgs,
    },
}

/// `portolan irq`.
#[derive(Clone, Debug, Subcommand)]
pub enum IrqCommand {
    /// Fire a line's test edge, and show its packet
    #[command(
        after_help = "Example:\n  portolan irq trigger 3 --board sim:pcie\n\nThe script: bind LINE; trigger LINE; wait count=1; ack LINE"
    )]
    Trigger(LineArgs),
    /// Show what an acknowledge does: the edge that came meanwhile follows
    #[command(
        after_help = "Example:\n  portolan irq ack 3\n\nThe script: bind LINE; trigger LINE; wait count=1; trigger LINE; drain; ack LINE; wait count=1; ack LINE"
    )]
    Ack(LineArgs),
    /// Mask a line, and show that its test edge does not count until it is unmasked
    #[command(
        after_help = "Example:\n  portolan irq mask 3\n\nThe script: bind LINE; mask LINE; trigger LINE; drain; unmask LINE; trigger LINE; wait count=1; stats LINE"
    )]
    Mask(LineArgs),
    /// Let a line listen to other edges or to a level, and show what its pin brings
    #[command(
        after_help = "Example:\n  portolan irq mode 3 high --wait 5s\n\nThe script: bind LINE; mode LINE MODE; wait timeout=T; stats LINE"
    )]
    Mode {
        /// The line
        line: u32,
        /// Which edges or levels count
        #[arg(value_enum)]
        mode: ModeArg,
        /// How long to wait for the first packet, on the board's clock
        #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
        wait: Duration,
        /// Board and form.
        #[command(flatten)]
        common: CommonArgs,
    },
    /// Let a line reject short pulses, and show what its pin brings and how many it rejects
    #[command(
        after_help = "Example:\n  portolan irq filter 3 50 --wait 5s\n\nThe script: bind LINE; filter LINE TICKS; wait timeout=T; stats LINE"
    )]
    Filter {
        /// The line
        line: u32,
        /// Pulses of so many ticks of the board's clock or fewer are rejected
        ticks: u8,
        /// How long to wait for the first packet, on the board's clock
        #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
        wait: Duration,
        /// Board and form.
        #[command(flatten)]
        common: CommonArgs,
    },
    /// Show what became of the edges of a line, or of all, since the board was switched on
    #[command(
        after_help = "Examples:\n  portolan irq stats\n  portolan irq stats 3 --json\n\nThe script: stats LINE"
    )]
    Stats {
        /// The line; without it, all, and what the board counts as a whole
        line: Option<u32>,
        /// Board and form.
        #[command(flatten)]
        common: CommonArgs,
    },
}

/// A line of a board.
#[derive(Clone, Debug, Args)]
pub struct LineArgs {
    /// The line
    pub line: u32,
    /// Board and form.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `LINE` or `LINE=KEY`.
fn line_key(text: &str) -> Result<(u32, u64), String> {
    let (line, key) = text.split_once('=').unwrap_or((text, text));
    let line = line.parse().map_err(|_| format!("'{line}' is no line number; write LINE or LINE=KEY"))?;
    Ok((line, script::number(key)?))
}

fn bind(line: u32, key: u64, mode: LineMode, delivery: Delivery) -> Operation {
    Operation::Bind { line, key, config: LineConfig { mode, delivery, filter: 0 } }
}

/// A line under its own number, as `bind LINE` has it.
fn plain(line: u32) -> Operation {
    bind(line, line.into(), LineMode::Both, Delivery::Ack)
}

fn one() -> Operation {
    Operation::Wait { count: Some(1), timeout: Duration::from_secs(1) }
}

impl PortCommand {
    /// Its script.
    pub(super) fn script(&self) -> Result<(&CommonArgs, Vec<Statement>), Failure> {
        let (common, operations) = match self {
            PortCommand::Queue { key, status, payload, window, common } => {
                let payload = script::payload(payload)
                    .map_err(|what| Failure::Input(anyhow::anyhow!("--payload: {what}")))?;
                let (key, status, window) = (*key, *status, *window);
                (common, vec![Operation::Queue { key, status, payload, window }, one()])
            }
            PortCommand::Wait { lines, mode, trigger, count, timeout, common } => {
                let mode = LineMode::from(*mode);
                let level = matches!(mode, LineMode::High | LineMode::Low);
                let delivery = if level { Delivery::Ack } else { Delivery::Stream };
                let binds = lines.iter().map(|&(line, key)| bind(line, key, mode, delivery));
                let triggers = lines.iter().filter(|_| *trigger).map(|&(line, _)| Operation::Trigger(line));
                let wait = Operation::Wait { count: Some(*count), timeout: *timeout };
                (common, binds.chain(triggers).chain([wait]).collect())
            }
            PortCommand::Cancel { key, queue, window, common } => {
                let queue = queue.iter().map(|&key| Operation::Queue {
                    key,
                    status: 0,
                    payload: [0; 32],
                    window: *window,
                });
                (common, queue.chain([Operation::Cancel(*key), Operation::Drain]).collect())
            }
        };
        Ok((common, operations.into_iter().map(Statement::new).collect()))
    }
}

impl IrqCommand {
    /// Its script.
    pub(super) fn script(&self) -> (&CommonArgs, Vec<Statement>) {
        use Operation::{Ack, Drain, Filter, Mask, Mode, Stats, Trigger, Wait};
        let (common, operations) = match self {
            IrqCommand::Trigger(LineArgs { line, common }) => {
                (common, vec![plain(*line), Trigger(*line), one(), Ack(*line)])
            }
            IrqCommand::Ack(LineArgs { line, common }) => {
                let (bind, trigger, ack) = (plain(*line), Trigger(*line), Ack(*line));
                (common, vec![bind, trigger.clone(), one(), trigger, Drain, ack.clone(), one(), ack])
            }
            IrqCommand::Mask(LineArgs { line, common }) => {
                let (bind, trigger) = (plain(*line), Trigger(*line));
                let (mask, unmask) = (Mask(*line, true), Mask(*line, false));
                (common, vec![bind, mask, trigger.clone(), Drain, unmask, trigger, one(), Stats(Some(*line))])
            }
            IrqCommand::Mode { line, mode, wait, common } => {
                let wait = Wait { count: None, timeout: *wait };
                (common, vec![plain(*line), Mode(*line, (*mode).into()), wait, Stats(Some(*line))])
            }
            IrqCommand::Filter { line, ticks, wait, common } => {
                let wait = Wait { count: None, timeout: *wait };
                (common, vec![plain(*line), Filter(*line, *ticks), wait, Stats(Some(*line))])
            }
            IrqCommand::Stats { line, common } => (common, vec![Stats(*line)]),
        };
        (common, operations.into_iter().map(Statement::new).collect())
    }
}
