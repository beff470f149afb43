//! The ports of a top, read from the design.

use rust_hdl::prelude::{Atom, AtomKind, Block, Probe};

/// Which way a port goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the block.
    Input,
    /// Out of the block.
    Output,
}

/// One port of a top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name, as in Verilog.
    pub name: String,
    /// Which way it goes.
    pub direction: Direction,
    /// Its width in bits.
    pub width: usize,
}

impl Port {
    /// `[7:0] `, or nothing for a single bit.
    pub fn range(&self) -> String {
        if self.width == 1 { String::new() } else { format!("[{}:0] ", self.width - 1) }
    }
}

#[derive(Default)]
struct Collector {
    depth: usize,
    ports: Vec<Port>,
}

impl Probe for Collector {
    fn visit_start_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.depth += 1;
    }
    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.depth -= 1;
    }
    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        let direction = match signal.kind() {
            AtomKind::InputParameter => Direction::Input,
            AtomKind::OutputParameter => Direction::Output,
            _ => return,
        };
        if self.depth == 1 {
            self.ports.push(Port { name: name.into(), direction, width: signal.bits() });
        }
    }
}

/// The inputs and outputs of a block, in the order in which it declares them.
pub fn ports(top: &str, block: &dyn Block) -> Vec<Port> {
    let mut collector = Collector::default();
    block.accept(top, &mut collector);
    collector.ports
}
