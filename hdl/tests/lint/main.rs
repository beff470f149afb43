//! The lint finds every construct that RustHDL translates wrongly, under any name and in any
//! format, and says nothing about what is right.
// The bad constructs are also there in odd formats, on purpose.
#![allow(clippy::suspicious_else_formatting, clippy::needless_bool_assign)]

/// A block: its name, its fields, its `update`.
macro_rules! block {
    ($name:ident { $($field:ident : $ty:ty),* $(,)? } { $($update:tt)* }) => {
        #[derive(rust_hdl::prelude::LogicBlock, Default)]
        struct $name { $($field: $ty),* }
        impl rust_hdl::prelude::Logic for $name {
            $($update)*
        }
    };
}

mod flow;
mod names;
mod selects;
mod source;
mod widths;

use portolan_hdl::emit::{self, Size, Top};
use portolan_hdl::lint::{Finding, Rule, lint};
use rust_hdl::prelude::*;

pub(crate) type In1 = Signal<In, Bit>;
pub(crate) type In8 = Signal<In, Bits<8>>;
pub(crate) type In16 = Signal<In, Bits<16>>;
pub(crate) type Out1 = Signal<Out, Bit>;
pub(crate) type Out8 = Signal<Out, Bits<8>>;
pub(crate) type Out16 = Signal<Out, Bits<16>>;
pub(crate) type Local1 = Signal<Local, Bit>;
pub(crate) type Local8 = Signal<Local, Bits<8>>;

/// What the lint says about a block.
pub(crate) fn findings<B: Block>(mut block: B) -> Vec<Finding> {
    block.connect_all();
    lint("top", &block)
}

/// The lint says this, and nothing else, about the block.
#[track_caller]
pub(crate) fn only<B: Block>(block: B, rule: Rule) {
    let findings = findings(block);
    let rules: Vec<Rule> = findings.iter().map(|f| f.rule).collect();
    assert!(!rules.is_empty() && rules.iter().all(|r| *r == rule), "{rule:?} expected: {findings:#?}");
}

/// The lint says nothing about the block.
#[track_caller]
pub(crate) fn clean<B: Block>(block: B) {
    assert_eq!(findings(block), []);
}

#[test]
fn a_finding_names_the_module_and_shows_the_expression() {
    block!(Inner { a: In8, c: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + 1) == self.c.val();
        }
    });
    block!(Outer { a: In8, o: Out1, inner: Inner } {
        #[hdl_gen]
        fn update(&mut self) {
            self.inner.a.next = self.a.val();
            self.inner.c.next = self.a.val();
            self.o.next = self.inner.o.val();
        }
    });
    let texts: Vec<String> = findings(Outer::default()).iter().map(Finding::to_string).collect();
    assert_eq!(
        texts,
        ["top.inner: overflow is visible in Verilog: assign to a local of the exact width first: \
          `(a + 1) == c` in `o = (a + 1) == c`"]
    );
}

#[test]
fn every_top_is_clean_at_every_size() {
    for (top, size) in Top::ALL.into_iter().flat_map(|top| Size::ALL.iter().map(move |size| (top, size))) {
        let block = size.build(top, emit::HERTZ);
        let findings: Vec<String> = lint(top.name(), &*block).iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "{top:?}, {size}: {findings:#?}");
    }
}
