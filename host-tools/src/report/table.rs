//! The report for people: the first packets, then a table of the lines and the account of the edges.

use super::tally::{Arrival, LineTally, Tally};
use super::{Ending, Report, units};
use crate::failure::Failure;
use crate::pins::Clock;
use anstyle::{AnsiColor, Style};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};
use std::io::{self, Write};

/// The report for people.
pub struct TableReport<W: Write> {
    out: W,
    clock: Clock,
    styles: Styles,
    /// Packets and gaps still to be shown, and those that came after.
    left: u64,
    hidden: u64,
    shown: u64,
    /// Width of the widest channel name.
    names: usize,
}

struct Styles {
    coloured: bool,
    dim: Style,
    rise: Style,
    fall: Style,
    good: Style,
    bad: Style,
}

impl Styles {
    fn new(coloured: bool) -> Styles {
        let style = |style: Style| if coloured { style } else { Style::new() };
        Styles {
            coloured,
            dim: style(Style::new().dimmed()),
            rise: style(AnsiColor::Green.on_default()),
            fall: style(AnsiColor::Blue.on_default()),
            good: style(AnsiColor::Green.on_default().bold()),
            bad: style(AnsiColor::Red.on_default().bold()),
        }
    }
}

/// A column that holds nothing but zeros on a good day, and is there only when it does not.
struct Optional {
    name: &'static str,
    count: fn(&LineTally) -> u64,
}

const OPTIONAL: [Optional; 4] = [
    Optional { name: "coalesced", count: |line| line.arrived.coalesced },
    Optional { name: "lost", count: |line| line.arrived.lost },
    Optional { name: "discarded", count: |line| line.arrived.discarded },
    Optional { name: "unseen", count: |line| line.unseen },
];

fn sum(tally: &Tally, column: &Optional) -> u64 {
    tally.lines().iter().map(column.count).sum()
}

impl<W: Write> TableReport<W> {
    /// Onto `out`, with the first `packets` packets; begins with `heading`.
    pub fn new(
        mut out: W,
        clock: Clock,
        coloured: bool,
        packets: u64,
        heading: &str,
    ) -> Result<TableReport<W>, Failure> {
        writeln!(out, "{heading}\n").map_err(Failure::output)?;
        let styles = Styles::new(coloured);
        Ok(TableReport { out, clock, styles, left: packets, hidden: 0, shown: 0, names: 7 })
    }

    fn row(&mut self, arrival: &Arrival, tally: &Tally) -> io::Result<()> {
        let Styles { dim, rise, fall, bad, .. } = &self.styles;
        if self.shown == 0 {
            let widest = |line: &LineTally| line.channel.chars().count();
            self.names = tally.lines().iter().map(widest).max().unwrap_or(0).clamp(7, 40);
            writeln!(
                self.out,
                "{dim}{:>15}  line  {:w$}  edge{dim:#}",
                "time (s)",
                "channel",
                w = self.names
            )?;
        }
        let names = self.names;
        match *arrival {
            Arrival::Interrupt { line, cycle, level, coalesced } => {
                let time = units::instant(self.clock.nanoseconds(cycle));
                let (style, edge) = if level { (rise, "↑ high") } else { (fall, "↓ low") };
                let channel = tally.channel(line);
                write!(self.out, "{time:>15}  {line:>4}  {channel:names$}  {style}{edge}{style:#}")?;
                if coalesced > 0 {
                    write!(self.out, "  {dim}+ {} coalesced{dim:#}", units::grouped(coalesced))?;
                }
            }
            Arrival::Gap { line, count, first, last } => {
                let time = units::instant(self.clock.nanoseconds(first));
                let until = units::instant(self.clock.nanoseconds(last));
                let (channel, count) = (tally.channel(line), units::grouped(count));
                write!(
                    self.out,
                    "{time:>15}  {line:>4}  {channel:names$}  {bad}{count} lost{bad:#} until {until}"
                )?;
            }
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    fn lines(&self, tally: &Tally) -> Table {
        let optional: Vec<&Optional> = OPTIONAL.iter().filter(|column| sum(tally, column) > 0).collect();
        let mut table = Table::new();
        let rule = LineStyle::none().fill('─').junction('─');
        table
            .load_style(TableStyle::new().header_separator(rule))
            .set_content_arrangement(ContentArrangement::Disabled);
        if self.styles.coloured {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let mut header = vec!["line", "channel", "edges", "delivered", "rate", "shortest gap"];
        header.extend(optional.iter().map(|column| column.name));
        header.push("activity");
        let right = |index: usize| index != 1 && index + 1 != header.len();
        let align = |index: usize, cell: Cell| {
            cell.set_alignment(if right(index) { CellAlignment::Right } else { CellAlignment::Left })
        };
        let cells = header.iter().enumerate();
        table.set_header(cells.map(|(at, name)| align(at, Cell::new(name).add_attribute(Attribute::Dim))));
        for line in tally.lines() {
            let mut cells = vec![Cell::new(line.line), Cell::new(&line.channel)];
            cells.push(Cell::new(units::grouped(line.edges)));
            cells.push(Cell::new(units::grouped(line.arrived.delivered)));
            let rate = tally.rate_hz(line.edges, &self.clock).filter(|_| line.edges > 0);
            cells.push(Cell::new(rate.map_or("–".into(), units::rate)));
            let gap = line.shortest_gap.map(|cycles| units::duration(self.clock.nanoseconds(cycles)));
            cells.push(Cell::new(gap.unwrap_or("–".into())));
            for Optional { count, .. } in &optional {
                let cell = Cell::new(units::grouped(count(line)));
                cells.push(if count(line) > 0 { cell.fg(Color::Yellow) } else { cell });
            }
            let columns = line.activity.columns(tally.last_cycle());
            cells.push(Cell::new(units::bars(&columns)).fg(Color::Cyan));
            let silent = line.edges == 0;
            let dim = |cell: Cell| if silent { cell.add_attribute(Attribute::Dim) } else { cell };
            table.add_row(cells.into_iter().enumerate().map(|(at, cell)| dim(align(at, cell))));
        }
        table
    }

    fn account(&mut self, tally: &Tally, ending: Ending) -> io::Result<()> {
        let total = tally.total();
        let Styles { dim, good, bad, .. } = &self.styles;
        let lost = total.arrived.lost + total.arrived.discarded;
        let style = if lost == 0 { good } else { bad };
        let n = units::grouped;
        let (whose, unseen) = match tally.is_of_file() {
            true => ("in the file", format!(" + {} unseen", n(total.unseen))),
            false => ("on the lines", String::new()),
        };
        writeln!(
            self.out,
            "{style}{} edges {whose}{style:#} = {} delivered + {} coalesced + {} lost + {} discarded{unseen}",
            n(total.edges),
            n(total.arrived.delivered),
            n(total.arrived.coalesced),
            n(total.arrived.lost),
            n(total.arrived.discarded),
        )?;
        let signal = self.clock.nanoseconds(tally.last_cycle());
        writeln!(
            self.out,
            "{dim}{} of signal, {} cycles, in {}: {:.1} × real time{dim:#}",
            units::duration(signal),
            n(ending.cycles),
            units::duration((ending.wall_s * 1e9) as u64),
            signal as f64 / 1e9 / ending.wall_s.max(1e-9),
        )?;
        self.out.flush()
    }
}

impl<W: Write> Report for TableReport<W> {
    fn shows_more(&self) -> bool {
        self.left > 0
    }

    fn arrival(&mut self, arrival: &Arrival, tally: &Tally) -> Result<(), Failure> {
        if self.left == 0 {
            self.hidden += 1;
            return Ok(());
        }
        self.left -= 1;
        self.row(arrival, tally).map_err(Failure::output)?;
        self.shown += 1;
        Ok(())
    }

    fn summary(&mut self, tally: &Tally, ending: Ending) -> Result<(), Failure> {
        let table = self.lines(tally);
        let Styles { dim, .. } = &self.styles;
        let hidden = units::grouped(self.hidden);
        if self.hidden > 0 && self.shown > 0 {
            writeln!(self.out, "{dim}{:>15}  {hidden} more; --packets N shows the first N{dim:#}", "…")
                .map_err(Failure::output)?;
        }
        if self.shown > 0 {
            writeln!(self.out).map_err(Failure::output)?;
        }
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end()).map_err(Failure::output)?;
        }
        writeln!(self.out).map_err(Failure::output)?;
        self.account(tally, ending).map_err(Failure::output)
    }
}
