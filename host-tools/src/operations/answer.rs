//! What operations came to, shown to people or to programs.

use super::script::hex;
use crate::failure::Failure;
use crate::report::units;
use anstyle::{AnsiColor, Style};
use portolan::{Contents, Counters, Event, LineConfig, Stats, Status};
use serde::Serialize;
use std::io::{self, Write};

/// Where answers go.
pub struct Answers {
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    v: u32,
    r#type: &'static str,
    operation: &'a str,
    status: String,
    /// What the board died of.
    why: Option<&'a str>,
}

/// A packet, whatever kind it is of.
#[derive(Serialize)]
struct PacketLine {
    v: u32,
    r#type: &'static str,
    kind: String,
    key: u64,
    status: i32,
    /// Of an interrupt's, in ns.
    timestamp_ns: Option<i64>,
    /// Of a board's line, as what follows.
    line: Option<u16>,
    ticks: Option<u64>,
    level: Option<u32>,
    coalesced: Option<u32>,
    error_bound_ns: Option<u64>,
    /// Of a user packet.
    payload: Option<String>,
}

#[derive(Serialize)]
struct GapLine {
    v: u32,
    r#type: &'static str,
    key: u64,
    line: u16,
    count: u64,
    first_ns: i64,
    last_ns: i64,
}

/// What is known of a line.
pub struct LineStats {
    /// What became of its edges.
    pub counters: Counters,
    /// Its level.
    pub level: bool,
    /// The key that it is bound under.
    pub key: Option<u64>,
    /// Whether its edges do not count.
    pub masked: bool,
    /// How it listens.
    pub config: Option<LineConfig>,
}

#[derive(Serialize)]
struct LineLine {
    v: u32,
    r#type: &'static str,
    line: u32,
    edges: u64,
    delivered: u64,
    coalesced: u64,
    lost: u64,
    discarded: u64,
    undelivered: u64,
    rejected: u32,
    level: u32,
    bound_key: Option<u64>,
    masked: bool,
    mode: Option<String>,
    delivery: Option<String>,
    filter: Option<u8>,
}

#[derive(Serialize)]
struct BoardLine<'a> {
    v: u32,
    r#type: &'static str,
    board: &'a str,
    epoch: u32,
    stale: u32,
    bad_tags: u32,
    partial_writes: u32,
    holes: u32,
    post_drops: u32,
    post_discards: u64,
    post_forgeries: u64,
    stale_packets: u64,
    failed_checks: u64,
}

impl Answers {
    /// For people, or for programs.
    pub fn new(json: bool) -> Answers {
        Answers { json }
    }

    fn json(&self, object: &impl Serialize) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, object).map_err(|error| Failure::output(error.into()))?;
        out.write_all(b"\n").and_then(|()| out.flush()).map_err(Failure::output)
    }

    fn text(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::output)
    }

    /// An operation is over.
    pub fn answer(&mut self, operation: &str, status: Status, why: Option<&str>) -> Result<(), Failure> {
        if self.json {
            let status = status.name().map_or_else(|| status.into_raw().to_string(), str::to_string);
            return self.json(&Answer { v: 1, r#type: "answer", operation, status, why });
        }
        let (colour, text) = match status {
            Status::OK => (AnsiColor::Green, "ok".to_string()),
            status => (AnsiColor::Red, status.to_string()),
        };
        let style = colour.on_default().bold();
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        self.text(&format!("{operation}: {style}{text}{style:#}{why}"))
    }

    /// No packet came.
    pub fn nothing(&mut self) -> Result<(), Failure> {
        match self.json {
            true => Ok(()),
            false => self.text("  no packet"),
        }
    }

    /// Something came out of the port.
    pub fn event(&mut self, event: &Event) -> Result<(), Failure> {
        let packet = match event {
            Event::Gap(gap) => {
                let (key, line, count) = (gap.key, gap.line, gap.count);
                let (first_ns, last_ns) = (gap.first_ns, gap.last_ns);
                return match self.json {
                    true => self.json(&GapLine { v: 1, r#type: "gap", key, line, count, first_ns, last_ns }),
                    false => self.text(&format!("  key {key:#x}: {count} edges of line {line} lost")),
                };
            }
            Event::Packet(packet) | Event::Interrupt { packet, .. } => packet,
        };
        let detail = match event {
            Event::Interrupt { detail, .. } => Some(detail),
            _ => None,
        };
        let (kind, timestamp_ns, payload) = match packet.contents() {
            Contents::User(payload) => ("user".to_string(), None, Some(hex(&payload))),
            Contents::Interrupt { timestamp } => ("interrupt".to_string(), Some(timestamp), None),
            Contents::Signal { timestamp, .. } => ("signal".to_string(), Some(timestamp), None),
            Contents::Other { kind, payload } => (kind.to_string(), None, Some(hex(&payload))),
        };
        let (key, status) = (packet.key(), packet.status());
        if self.json {
            return self.json(&PacketLine {
                v: 1,
                r#type: "packet",
                kind,
                key,
                status,
                timestamp_ns,
                line: detail.map(|detail| detail.line),
                ticks: detail.map(|detail| detail.ticks),
                level: detail.map(|detail| detail.level.into()),
                coalesced: detail.map(|detail| detail.coalesced),
                error_bound_ns: detail.map(|detail| detail.error_bound_ns),
                payload,
            });
        }
        let mut text = format!("  key {key:#x}  {kind}");
        if let Some(ns) = timestamp_ns {
            text += &format!("  {} s", units::instant(ns.max(0).cast_unsigned()));
        }
        if let Some(detail) = detail {
            let level = if detail.level { "high" } else { "low" };
            text += &format!("  line {}  tick {}  {level}", detail.line, detail.ticks);
            if detail.coalesced > 0 {
                text += &format!("  + {} coalesced", detail.coalesced);
            }
        }
        if let Some(payload) = payload {
            text += &format!("  status {status}  payload {payload}");
        }
        self.text(&text)
    }

    /// A line's counters; of those that nobody asked for by name, people see the ones that have some.
    pub fn line(&mut self, stats: LineStats, asked: bool) -> Result<(), Failure> {
        let LineStats { counters, level, key, masked, config } = stats;
        let Counters { line, edges, delivered, coalesced, lost, discarded, undelivered, rejected } = counters;
        if self.json {
            return self.json(&LineLine {
                v: 1,
                r#type: "line",
                line,
                edges,
                delivered,
                coalesced,
                lost,
                discarded,
                undelivered,
                rejected,
                level: level.into(),
                bound_key: key,
                masked,
                mode: config.map(|config| format!("{:?}", config.mode).to_ascii_lowercase()),
                delivery: config.map(|config| format!("{:?}", config.delivery).to_ascii_lowercase()),
                filter: config.map(|config| config.filter),
            });
        }
        if !asked && edges == 0 && rejected == 0 && key.is_none() {
            return Ok(());
        }
        let n = units::grouped;
        let bound = key.map_or("not bound".to_string(), |key| format!("bound under key {key:#x}"));
        let masked = if masked && key.is_some() { ", masked" } else { "" };
        let level = if level { "high" } else { "low" };
        self.text(&format!(
            "  line {line}  {level}, {bound}{masked}: {} edges = {} delivered + {} coalesced + {} lost + {} discarded + \
             {} undelivered; {rejected} pulses rejected",
            n(edges),
            n(delivered),
            n(coalesced),
            n(lost),
            n(discarded),
            n(undelivered),
        ))
    }

    /// What a board counts as a whole.
    pub fn board(&mut self, board: &str, stats: &Stats) -> Result<(), Failure> {
        let Stats { epoch, stale, bad_tags, partial_writes, holes, .. } = *stats;
        let Stats { post_drops, post_discards, post_forgeries, stale_packets, failed_checks, .. } = *stats;
        if self.json {
            return self.json(&BoardLine {
                v: 1,
                r#type: "board",
                board,
                epoch,
                stale,
                bad_tags,
                partial_writes,
                holes,
                post_drops,
                post_discards,
                post_forgeries,
                stale_packets,
                failed_checks,
            });
        }
        let dim = Style::new().dimmed();
        self.text(&format!(
            "  {board}: {epoch} resets, {stale} stale commands, {bad_tags} wrong tags, {partial_writes} partial writes, \
             {holes} accesses to holes\n  {dim}posted packets: {post_drops} refused, {post_discards} discarded, \
             {post_forgeries} of a forged type; {stale_packets} packets of old bindings, {failed_checks} failed checks{dim:#}"
        ))
    }
}
