//! What a script says: operations of ports and interrupts, in words.

use portolan::{Delivery, LineConfig, LineMode};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One operation, and the words that it was given in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The words.
    pub text: String,
    /// What they mean.
    pub operation: Operation,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Gives a line an interrupt, bound to the port.
    Bind {
        /// The line.
        line: u32,
        /// The key of its packets.
        key: u64,
        /// How it listens.
        config: LineConfig,
    },
    /// Takes a line's interrupt off the port; it stays.
    Unbind(u32),
    /// Fires a line's test edge.
    Trigger(u32),
    /// Acknowledges a line's packet.
    Ack(u32),
    /// Lets no edge of a line count, or lets them count again.
    Mask(u32, bool),
    /// Changes which edges count.
    Mode(u32, LineMode),
    /// Changes the glitch filter.
    Filter(u32, u8),
    /// Queues a packet.
    Queue {
        /// Key.
        key: u64,
        /// Status.
        status: i32,
        /// Payload.
        payload: [u8; 32],
        /// As another bus master would: through the post window of the port on the board.
        window: bool,
    },
    /// Takes packets: so many, or one if there is one.
    Wait {
        /// How many must come.
        count: Option<u64>,
        /// On the board's clock.
        timeout: Duration,
    },
    /// Takes all packets that are there.
    Drain,
    /// Removes packets of a key.
    Cancel(u64),
    /// Tells the counters of a line, or of the board.
    Stats(Option<u32>),
}

/// The operations as `--help` lists them.
pub const FORMS: [(&str, &str); 14] = [
    (
        "bind LINE [key=K] [mode=M] [delivery=D] [filter=T]",
        "give LINE an interrupt, bound to the port (key: the line)",
    ),
    ("unbind LINE", "take it off the port again; what nobody has read waits for the next bind"),
    ("trigger LINE", "fire the line's test edge"),
    ("ack LINE", "acknowledge its packet"),
    ("mask LINE", "let its edges count no more"),
    ("unmask LINE", "let them count again"),
    ("mode LINE rising|falling|both|high|low", "change which edges or levels count"),
    ("filter LINE TICKS", "reject pulses of so many ticks or fewer"),
    ("queue [key=K] [status=S] [payload=HEX]", "queue a packet on the port"),
    (
        "post [key=K] [status=S] [payload=HEX]",
        "the same through the port's post window, as a bus master does it",
    ),
    (
        "wait [count=N] [timeout=T]",
        "take one packet if one comes, or N that must (T: 1s of the board's time)",
    ),
    ("drain", "take all packets that are there"),
    ("cancel KEY", "remove packets of this key"),
    ("stats [LINE]", "what became of the edges of LINE, or of all"),
];

/// How long a wait lasts unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}': {what}")]
pub struct ScriptError {
    /// The statement.
    pub text: String,
    /// What is wrong with it.
    pub what: String,
}

/// The statements of a text, which are divided by semicolons and ends of lines; what follows a # is a comment.
pub fn parse(text: &str) -> Result<Vec<Statement>, ScriptError> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let statements = lines.flat_map(|line| line.split(';')).map(str::trim).filter(|text| !text.is_empty());
    statements.map(str::parse).collect()
}

impl Statement {
    /// Of an operation, in the words that a script would have.
    pub fn new(operation: Operation) -> Statement {
        Statement { text: operation.to_string(), operation }
    }
}

impl FromStr for Statement {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Statement, ScriptError> {
        let mut words = Words::new(text);
        let operation = words.operation().and_then(|operation| words.end().map(|()| operation));
        match operation {
            Ok(operation) => Ok(Statement { text: text.into(), operation }),
            Err(what) => Err(ScriptError { text: text.into(), what }),
        }
    }
}

/// The words of a statement: plain ones in their order, and those with a name.
struct Words<'a> {
    plain: std::collections::VecDeque<&'a str>,
    named: Vec<(&'a str, &'a str)>,
    verb: &'a str,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Words<'a> {
        let (mut plain, mut named) = (std::collections::VecDeque::new(), Vec::new());
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some(pair) => named.push(pair),
                None => plain.push_back(word),
            }
        }
        let verb = plain.pop_front().unwrap_or_default();
        Words { plain, named, verb }
    }

    fn operation(&mut self) -> Result<Operation, String> {
        Ok(match self.verb {
            "bind" => {
                let line = self.line()?;
                let key = self.named("key", number)?.unwrap_or(line.into());
                let mode = self.named("mode", mode)?.unwrap_or(LineMode::Both);
                let delivery = self.named("delivery", delivery)?.unwrap_or_default();
                let filter = self.named("filter", ticks)?.unwrap_or_default();
                Operation::Bind { line, key, config: LineConfig { mode, delivery, filter } }
            }
            "unbind" => Operation::Unbind(self.line()?),
            "trigger" => Operation::Trigger(self.line()?),
            "ack" => Operation::Ack(self.line()?),
            "mask" => Operation::Mask(self.line()?, true),
            "unmask" => Operation::Mask(self.line()?, false),
            "mode" => Operation::Mode(self.line()?, mode(self.next()?)?),
            "filter" => Operation::Filter(self.line()?, ticks(self.next()?)?),
            "queue" | "post" => Operation::Queue {
                key: self.named("key", number)?.unwrap_or_default(),
                status: self.named("status", status)?.unwrap_or_default(),
                payload: self.named("payload", payload)?.unwrap_or_default(),
                window: self.verb == "post",
            },
            "wait" => Operation::Wait {
                count: self.named("count", number)?,
                timeout: self.named("timeout", time)?.unwrap_or(TIMEOUT),
            },
            "drain" => Operation::Drain,
            "cancel" => Operation::Cancel(number(self.next()?)?),
            "stats" if self.plain.is_empty() => Operation::Stats(None),
            "stats" => Operation::Stats(Some(self.line()?)),
            _ => {
                let verbs = FORMS.map(|(form, _)| form.split(' ').next().unwrap_or_default());
                return Err(format!("there is no such operation; there are {}", verbs.join(", ")));
            }
        })
    }

    /// What the operation is written like.
    fn form(&self) -> String {
        let of = |(form, _): &&(&str, &str)| form.split(' ').next() == Some(self.verb);
        let form = FORMS.iter().find(of).map_or("", |(form, _)| form);
        format!("write {form}")
    }

    fn next(&mut self) -> Result<&'a str, String> {
        self.plain.pop_front().ok_or_else(|| format!("something is missing; {}", self.form()))
    }

    fn line(&mut self) -> Result<u32, String> {
        let word = self.next()?;
        word.parse().map_err(|_| format!("'{word}' is no line number; {}", self.form()))
    }

    fn named<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let Some(at) = self.named.iter().position(|(own, _)| *own == name) else { return Ok(None) };
        read(self.named.remove(at).1).map(Some)
    }

    /// Nothing is left over.
    fn end(&self) -> Result<(), String> {
        let left = self.plain.front().map(|word| word.to_string());
        let left = left.or_else(|| self.named.first().map(|(name, value)| format!("{name}={value}")));
        left.map_or(Ok(()), |word| Err(format!("'{word}' is too much; {}", self.form())))
    }
}

/// A number, decimal or after 0x.
pub fn number(text: &str) -> Result<u64, String> {
    let number = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    number.map_err(|_| format!("'{text}' is no number; write it like 7 or 0x2a"))
}

/// A status.
pub fn status(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("'{text}' is no status; write a number like 0 or -20"))
}

fn ticks(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_| format!("'{text}' is no filter; write 0 to 255 ticks"))
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| format!("'{text}' is no time; write it like 10ms or 2s"))
}

/// A line's mode.
pub fn mode(text: &str) -> Result<LineMode, String> {
    let mode = MODES.into_iter().find(|(name, _)| *name == text).map(|(_, mode)| mode);
    mode.ok_or_else(|| format!("'{text}' is no mode; write rising, falling, both, high or low"))
}

const MODES: [(&str, LineMode); 5] = [
    ("rising", LineMode::Rising),
    ("falling", LineMode::Falling),
    ("both", LineMode::Both),
    ("high", LineMode::High),
    ("low", LineMode::Low),
];

fn mode_name(mode: LineMode) -> &'static str {
    MODES.into_iter().find(|(_, own)| *own == mode).map_or("", |(name, _)| name)
}

fn delivery(text: &str) -> Result<Delivery, String> {
    match text {
        "ack" => Ok(Delivery::Ack),
        "stream" => Ok(Delivery::Stream),
        _ => Err(format!("'{text}' is no delivery; write ack or stream")),
    }
}

/// Up to 32 bytes in hexadecimal digits; the rest is zero.
pub fn payload(text: &str) -> Result<[u8; 32], String> {
    let mut payload = [0; 32];
    let digits = text.as_bytes();
    let fits = digits.len().is_multiple_of(2) && digits.len() <= 2 * payload.len() && text.is_ascii();
    let bytes = digits.chunks(2).map(|pair| {
        let pair =
            std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = if fits { bytes.collect() } else { None };
    let bytes = bytes.ok_or_else(|| {
        format!("'{text}' is no payload; write up to 32 bytes as pairs of digits, like 00ff")
    })?;
    payload[..bytes.len()].copy_from_slice(&bytes);
    Ok(payload)
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operation::Bind { line, key, config } => {
                write!(f, "bind {line} key={key} mode={}", mode_name(config.mode))?;
                if config.delivery == Delivery::Stream {
                    f.write_str(" delivery=stream")?;
                }
                if config.filter > 0 {
                    write!(f, " filter={}", config.filter)?;
                }
                Ok(())
            }
            Operation::Unbind(line) => write!(f, "unbind {line}"),
            Operation::Trigger(line) => write!(f, "trigger {line}"),
            Operation::Ack(line) => write!(f, "ack {line}"),
            Operation::Mask(line, true) => write!(f, "mask {line}"),
            Operation::Mask(line, false) => write!(f, "unmask {line}"),
            Operation::Mode(line, mode) => write!(f, "mode {line} {}", mode_name(*mode)),
            Operation::Filter(line, ticks) => write!(f, "filter {line} {ticks}"),
            Operation::Queue { key, status, payload, window } => {
                let verb = if *window { "post" } else { "queue" };
                write!(f, "{verb} key={key} status={status} payload={}", hex(payload))
            }
            Operation::Wait { count, timeout } => {
                f.write_str("wait")?;
                if let Some(count) = count {
                    write!(f, " count={count}")?;
                }
                write!(f, " timeout={}", humantime::format_duration(*timeout).to_string().replace(' ', ""))
            }
            Operation::Drain => f.write_str("drain"),
            Operation::Cancel(key) => write!(f, "cancel {key}"),
            Operation::Stats(None) => f.write_str("stats"),
            Operation::Stats(Some(line)) => write!(f, "stats {line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_statements_between_semicolons_and_ends_of_lines() {
        let text = "bind 3 key=7; trigger 3 # its test edge\n\n wait;ack 3;; wait timeout=1ms\n# nothing";
        let statements = parse(text).unwrap();
        let texts: Vec<&str> = statements.iter().map(|statement| statement.text.as_str()).collect();
        assert_eq!(texts, ["bind 3 key=7", "trigger 3", "wait", "ack 3", "wait timeout=1ms"]);
        let config = LineConfig { mode: LineMode::Both, ..LineConfig::default() };
        assert_eq!(statements[0].operation, Operation::Bind { line: 3, key: 7, config });
        assert_eq!(
            statements[4].operation,
            Operation::Wait { count: None, timeout: Duration::from_millis(1) }
        );
    }

    #[test]
    fn an_operation_reads_as_it_is_written() {
        for text in [
            "bind 31 key=0xff mode=low filter=9",
            "bind 0 delivery=stream",
            "unbind 1",
            "mask 2",
            "unmask 2",
            "mode 3 falling",
            "filter 4 255",
            "queue key=18446744073709551615 status=-20 payload=00ff",
            "post key=1",
            "wait count=3 timeout=1m30s",
            "drain",
            "cancel 0x10",
            "stats",
            "stats 5",
        ] {
            let statement: Statement = text.parse().unwrap_or_else(|error| panic!("{error}"));
            let again: Statement = statement.operation.to_string().parse().unwrap();
            assert_eq!(again.operation, statement.operation, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (text, parts) in [
            ("fire 3", &["'fire 3'", "no such operation", "trigger"][..]),
            ("bind", &["something is missing", "bind LINE"]),
            ("bind x", &["'x'", "no line number"]),
            ("bind 3 kay=7", &["'kay=7' is too much", "key=K"]),
            ("ack 3 4", &["'4' is too much", "ack LINE"]),
            ("mode 3 sideways", &["'sideways'", "falling"]),
            ("filter 3 256", &["'256'", "0 to 255"]),
            ("queue payload=0f0", &["'0f0'", "32 bytes"]),
            ("queue payload=+1", &["'+1'", "32 bytes"]),
            ("queue status=x", &["'x'", "status"]),
            ("wait timeout=soon", &["'soon'", "10ms"]),
            ("wait count=-1", &["'-1'", "number"]),
            ("key=1", &["no such operation"]),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
        }
    }
}
