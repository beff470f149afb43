//! Finds what RustHDL translates into Verilog that means something else.
//!
//! RustHDL 0.46 prints expressions as they stand and leaves Verilog's own rules of precedence and
//! width to the tools; its simulation follows Rust's. Where the two differ nobody says so. This
//! lint walks the syntax tree that RustHDL prints from, module by module, with the width of every
//! signal, and reports each place whose Verilog would be another circuit, no circuit, or a latch.
//!
//! The rule behind most of it (IEEE 1364-2005, 5.4): Verilog computes an expression as wide as its
//! widest operand or the signal that it is assigned to, and a plain literal is 32 bits wide. So
//! `a + 1 == b` on eight bits keeps the carry. An operation may put such *overflow* above its Rust
//! width as long as nothing looks at it: an assignment to a signal of that width cuts it off; a
//! comparison, a condition, a reduction, an index or a wider cast sees it.
//!
//! Not seen here, because the tree does not hold it: `0..=7` (looks like `0..7`), guards of match
//! arms and attributes on statements (both vanish). A test reads the sources for these.
//! `Verilog::Custom` is text that nobody here reads; Verilator and yosys do.

mod design;
mod expression;
mod flow;
mod keywords;
mod render;
mod statement;

use std::fmt;

use rust_hdl::prelude::Block;

/// What is wrong with a piece of a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Different binary operators without parentheses: Verilog binds them otherwise than Rust.
    MixedOperators,
    /// Overflow reaches something that looks at it.
    Overflow,
    /// `all()` of something that is wider in Verilog: the bits above are zero.
    AllOfWider,
    /// Bits are selected from what is no signal: not Verilog.
    SelectOfExpression,
    /// A bit is selected from a signal of one bit: not Verilog.
    SelectOfScalar,
    /// Bits are selected that the signal does not have.
    SelectOutside,
    /// More than one level of array index: not translated.
    NestedIndex,
    /// An array index that is no arithmetic over loop variables: not translated.
    DynamicIndex,
    /// A name that Verilog or SystemVerilog keeps for itself.
    Keyword,
    /// A literal of more bits than what it meets.
    LiteralTooWide,
    /// A local, an output or a sub-block's input is read before it is written.
    ReadBeforeWrite,
    /// A sub-block's input is read, then written again: Verilog sees the first value, RustHDL the last.
    ReadBeforeLastWrite,
    /// Not written on every path: a latch.
    Latch,
    /// An output or a sub-block's input that nothing drives.
    NeverWritten,
    /// A name that is no signal of the module, such as a const generic.
    NotASignal,
    /// Signed arithmetic: this lint cannot judge it.
    Signed,
    /// A link of interfaces: this lint cannot judge it.
    Link,
    /// The widths of two sides differ, which Rust would refuse: this lint does not understand.
    WidthUnclear,
}

impl Rule {
    /// What is wrong and what to do, in one line.
    pub fn text(self) -> &'static str {
        match self {
            Rule::MixedOperators => "operators are mixed: put parentheses around each",
            Rule::Overflow => "overflow is visible in Verilog: assign to a local of the exact width first",
            Rule::AllOfWider => "all() of what is wider in Verilog: assign to a local first",
            Rule::SelectOfExpression => "bits of what is no signal: copy it to a local first",
            Rule::SelectOfScalar => "a bit of a one-bit signal: use the signal itself",
            Rule::SelectOutside => "bits outside the signal",
            Rule::NestedIndex => "more than one array index: flatten the array",
            Rule::DynamicIndex => "an array index must be arithmetic over loop variables",
            Rule::Keyword => "a keyword of Verilog: rename it",
            Rule::LiteralTooWide => "the literal does not fit",
            Rule::ReadBeforeWrite => "read before it is written",
            Rule::ReadBeforeLastWrite => "a sub-block's input is read before its last write: use a local",
            Rule::Latch => "not written on every path: give it a default first",
            Rule::NeverWritten => "nothing drives it",
            Rule::NotASignal => "no signal of this module: use a Constant",
            Rule::Signed => "signed arithmetic is not covered by the lint",
            Rule::Link => "links are not covered by the lint: assign signal by signal",
            Rule::WidthUnclear => "the lint does not understand the widths here",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The module, as `top.block.line`.
    pub module: String,
    /// What is wrong.
    pub rule: Rule,
    /// The statement or name, much as in the source.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: `{}`", self.module, self.rule.text(), self.text)
    }
}

/// Everything wrong in a block and all blocks inside it; empty when clean.
///
/// `top` is the name that the block goes by in the findings.
pub fn lint(top: &str, block: &dyn Block) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in design::modules(top, block) {
        keywords::check(&module, &mut findings);
        statement::check(&module, &mut findings);
    }
    findings.sort();
    findings.dedup();
    findings
}
