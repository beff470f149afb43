//! Which bits are written on every path so far, and which inputs of sub-blocks were read.

use std::collections::{BTreeMap, BTreeSet};

/// What holds at one place of an `update`.
#[derive(Clone, Default)]
pub(super) struct Flow {
    /// Bits of each signal that were written on every path to here.
    written: BTreeMap<String, Vec<bool>>,
    /// Signals of which some bit was written on some path.
    touched: BTreeSet<String>,
    /// Inputs of sub-blocks that were read, and by what.
    reads: BTreeMap<String, String>,
}

impl Flow {
    /// Notes a write of `count` bits from `first` on.
    pub(super) fn write(&mut self, name: &str, width: usize, first: usize, count: usize) {
        self.touched.insert(name.into());
        let bits = self.written.entry(name.into()).or_insert_with(|| vec![false; width]);
        bits.iter_mut().skip(first).take(count).for_each(|bit| *bit = true);
    }

    /// Every bit was written on every path.
    pub(super) fn is_written(&self, name: &str) -> bool {
        self.written.get(name).is_some_and(|bits| bits.iter().all(|bit| *bit))
    }

    /// Some bit was written on some path.
    pub(super) fn is_touched(&self, name: &str) -> bool {
        self.touched.contains(name)
    }

    /// Notes that `text` reads an input of a sub-block.
    pub(super) fn read(&mut self, name: &str, text: &str) {
        self.reads.entry(name.into()).or_insert_with(|| text.into());
    }

    /// What read this input of a sub-block before, if anything did.
    pub(super) fn reader(&self, name: &str) -> Option<&String> {
        self.reads.get(name)
    }

    /// What holds where two paths meet.
    pub(super) fn join(mut self, other: Flow) -> Flow {
        self.written.retain(|name, bits| match other.written.get(name) {
            Some(others) => {
                bits.iter_mut().zip(others).for_each(|(bit, other)| *bit &= other);
                true
            }
            None => false,
        });
        self.touched.extend(other.touched);
        self.reads.extend(other.reads);
        self
    }
}
