//! Reads what the tools report: cells (yosys `stat -json`), speed and the slowest path (nextpnr `--report`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

/// How many of each kind of cell of a 7-series chip a netlist has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    /// Look-up tables, those that serve as memory included. Before packing: two small ones can share a place.
    pub lut: u64,
    /// Of these, how many serve as memory or shift registers.
    pub lut_as_memory: u64,
    /// Flip-flops and latches.
    pub ff: u64,
    /// Whole block RAMs.
    pub ramb36: u64,
    /// Halves of block RAMs.
    pub ramb18: u64,
    /// Carry chains of four bits.
    pub carry4: u64,
    /// Multipliers.
    pub dsp: u64,
}

impl Cells {
    /// Counts the cells in the output of yosys's `stat -json`, of the whole design.
    pub fn from_stat(stat: &Value) -> Result<Self, Error> {
        let by_type = stat["design"]["num_cells_by_type"]
            .as_object()
            .ok_or_else(|| Error::output("yosys stat -json", "no num_cells_by_type"))?;
        let mut cells = Cells::default();
        for (kind, count) in by_type {
            let count = count.as_u64().unwrap_or(0);
            if let Some(luts) = luts_as_memory(kind) {
                cells.lut_as_memory += luts * count;
                cells.lut += luts * count;
            } else if kind.starts_with("LUT") || kind == "INV" {
                cells.lut += count;
            } else if matches!(kind.get(..2), Some("FD" | "LD")) {
                cells.ff += count;
            } else if kind.starts_with("RAMB36") {
                cells.ramb36 += count;
            } else if kind.starts_with("RAMB18") {
                cells.ramb18 += count;
            } else if kind == "CARRY4" {
                cells.carry4 += count;
            } else if kind.starts_with("DSP48") {
                cells.dsp += count;
            }
        }
        Ok(cells)
    }
}

/// How many look-up tables a memory made of them takes (UG474, "Distributed RAM" and "Shift registers").
fn luts_as_memory(kind: &str) -> Option<u64> {
    Some(match kind {
        "RAM32M" | "RAM64M" | "RAM128X1D" | "RAM256X1S" => 4,
        "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => 2,
        "RAM32X1S" | "RAM64X1S" | "SRL16E" | "SRLC32E" => 1,
        _ => return None,
    })
}

/// The speed of one clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// The net, as nextpnr names it.
    pub name: String,
    /// The highest frequency at which every path is in time.
    pub mhz: f64,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// `clk-to-q`, `logic`, `routing` or `setup`.
    pub kind: String,
    /// In nanoseconds.
    pub delay_ns: f64,
    /// The cell's output or input at which the step ends.
    pub to: String,
    /// The net, for routing.
    pub net: Option<String>,
    /// Where the net stands in the Verilog, if that is known.
    pub source: Option<String>,
}

impl Hop {
    /// Whether the step goes along a carry chain, from block to block.
    pub fn in_carry_chain(&self) -> bool {
        self.to.ends_with(".CIN") || self.to.ends_with(".CO3")
    }
}

/// What nextpnr reports of a routed design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Routed {
    /// Every clock, the slowest first.
    pub clocks: Vec<Clock>,
    /// Used places by kind, where any are used.
    pub used: BTreeMap<String, u64>,
    /// The slowest path within one clock.
    pub slowest: Vec<Hop>,
}

impl Routed {
    /// Reads nextpnr's `--report`.
    pub fn from_report(report: &Value) -> Result<Self, Error> {
        let missing = |what: &str| Error::output("nextpnr --report", what);
        let fmax = report["fmax"].as_object().ok_or_else(|| missing("no fmax"))?;
        let mut clocks = fmax
            .iter()
            .map(|(name, clock)| {
                let mhz = clock["achieved"].as_f64().ok_or_else(|| missing("a clock without a speed"))?;
                Ok(Clock { name: name.clone(), mhz })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        clocks.sort_by(|a, b| a.mhz.total_cmp(&b.mhz));
        if clocks.is_empty() {
            return Err(missing("no clock"));
        }
        let utilization = report["utilization"].as_object().ok_or_else(|| missing("no utilization"))?;
        let used = utilization
            .iter()
            .filter_map(|(kind, u)| Some((kind.clone(), u["used"].as_u64().filter(|n| *n > 0)?)));
        let paths = report["critical_paths"].as_array().ok_or_else(|| missing("no critical paths"))?;
        let total = |path: &Value| hops(path).iter().map(|hop| hop.delay_ns).sum::<f64>();
        let slowest = paths
            .iter()
            .filter(|path| path["from"] == path["to"])
            .max_by(|a, b| total(a).total_cmp(&total(b)))
            .map(hops)
            .unwrap_or_default();
        Ok(Routed { used: used.collect(), clocks, slowest })
    }

    /// The highest frequency of the design's slowest clock, in MHz.
    pub fn mhz(&self) -> f64 {
        self.clocks[0].mhz
    }
}

fn hops(path: &Value) -> Vec<Hop> {
    let hop = |hop: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        Hop {
            kind: text(&hop["type"]),
            delay_ns: hop["delay"].as_f64().unwrap_or(0.0),
            to: format!("{}.{}", text(&hop["to"]["cell"]), text(&hop["to"]["port"])),
            net: hop["net"].as_str().map(str::to_owned),
            // The libraries of the tools stand at absolute paths; the design does not.
            source: list(&hop["sources"])
                .filter_map(Value::as_str)
                .find(|s| !s.starts_with('/'))
                .map(str::to_owned),
        }
    };
    list(&path["path"]).map(hop).collect()
}

/// The elements of an array; none if it is something else.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The registers' names behind a netlist's cells, whose own names say nothing: by the nets that they drive.
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Of module `top` in a netlist that yosys wrote with `write_json`.
    pub fn of(netlist: &Value, top: &str) -> Self {
        let module = &netlist["modules"][top];
        let mut nets: BTreeMap<u64, String> = BTreeMap::new();
        for (name, net) in module["netnames"].as_object().into_iter().flatten() {
            let bits: Vec<&Value> = list(&net["bits"]).collect();
            for (index, bit) in bits.iter().enumerate() {
                let Some(bit) = bit.as_u64() else { continue };
                let name = if bits.len() > 1 { format!("{name}[{index}]") } else { name.clone() };
                // Of several names for a net, one that a person gave, and of these the shortest.
                let better = |old: &String| {
                    (name.contains("$auto$"), name.len()) < (old.contains("$auto$"), old.len())
                };
                if nets.get(&bit).is_none_or(better) {
                    nets.insert(bit, name);
                }
            }
        }
        let register = |(cell, value): (&String, &Value)| {
            let bit = value["connections"]["Q"][0].as_u64()?;
            Some((cell.clone(), nets.get(&bit)?.clone()))
        };
        Names(module["cells"].as_object().into_iter().flatten().filter_map(register).collect())
    }

    /// `CELL.PIN` with the register's name in place of the cell's, where there is one.
    pub fn resolve(&self, cell_pin: &str) -> String {
        let Some((cell, pin)) = cell_pin.rsplit_once('.') else { return cell_pin.to_owned() };
        self.0.get(cell).map_or_else(|| cell_pin.to_owned(), |name| format!("{name}.{pin}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_counted_by_what_they_occupy() {
        let stat = json!({"design": {"num_cells_by_type": {
            "LUT2": 3, "LUT6": 4, "INV": 1, "RAM32M": 2, "RAM64X1D": 1, "FDRE": 5, "FDSE": 1, "LDCE": 1,
            "RAMB36E1": 2, "RAMB18E1": 3, "CARRY4": 6, "MUXF7": 9, "BUFG": 1, "DSP48E1": 1, "$scopeinfo": 7}}});
        let expected = Cells { lut: 18, lut_as_memory: 10, ff: 7, ramb36: 2, ramb18: 3, carry4: 6, dsp: 1 };
        assert_eq!(Cells::from_stat(&stat).unwrap(), expected);
        assert!(Cells::from_stat(&json!({})).is_err());
    }

    #[test]
    fn the_slowest_clock_counts_and_the_slowest_path_is_within_a_clock() {
        let hop = |kind: &str, delay: f64| json!({"type": kind, "delay": delay, "to": {"cell": "c", "port": "D"}, "net": "n"});
        let report = json!({
            "fmax": {"fast": {"achieved": 200.0}, "slow": {"achieved": 100.5}},
            "utilization": {"RAMB": {"used": 2}, "DSP": {"used": 0}},
            "critical_paths": [
                {"from": "<async>", "to": "posedge slow", "path": [hop("logic", 50.0)]},
                {"from": "posedge fast", "to": "posedge fast", "path": [hop("logic", 1.0)]},
                {"from": "posedge slow", "to": "posedge slow", "path": [hop("logic", 1.0), hop("routing", 2.0)]},
            ],
        });
        let routed = Routed::from_report(&report).unwrap();
        assert_eq!(routed.mhz(), 100.5);
        assert_eq!(routed.used, BTreeMap::from([("RAMB".to_owned(), 2)]));
        assert_eq!(routed.slowest.len(), 2);
        assert_eq!(routed.slowest[1].to, "c.D");
        assert!(Routed::from_report(&json!({"fmax": {}, "utilization": {}, "critical_paths": []})).is_err());
    }

    #[test]
    fn a_register_is_named_by_its_net() {
        let netlist = json!({"modules": {"t": {
            "netnames": {"$auto$x": {"bits": [7]}, "count": {"bits": [6, 7]}},
            "cells": {"$ff$1": {"connections": {"Q": [7]}}, "$lut$2": {"connections": {"O": [6]}}}}}});
        let names = Names::of(&netlist, "t");
        assert_eq!(names.resolve("$ff$1.D"), "count[1].D");
        assert_eq!(names.resolve("$lut$2.I0"), "$lut$2.I0");
    }
}
