//! Widths: how RustHDL computes an expression and how Verilog does.

use std::collections::BTreeMap;

use evalexpr::{ContextWithMutableVariables, HashMapContext};
use rust_hdl::core::ast::{VerilogExpression as E, VerilogOp as Op, VerilogOpUnary as Unary};

use super::Rule;
use super::design::{Module, Role, Signal};
use super::render;

/// What a name in an expression turns out to be.
pub(super) enum Meaning {
    /// A signal, by its name in the module.
    Signal(String, Signal),
    /// A loop's variable, with its value in this round; printed as a plain number.
    Number(usize),
    /// An enumerator, with the width of its type; a 32-bit localparam in Verilog.
    Enumerator(usize),
    /// Nothing good.
    Bad(Rule),
}

/// The signals of a module, and the loops around the place that is looked at.
pub(super) struct Scope<'a> {
    pub(super) module: &'a Module,
    pub(super) loops: BTreeMap<String, usize>,
    /// What was found in the expressions since the last look: rule and text.
    pub(super) found: Vec<(Rule, String)>,
    /// The signals that were read since the last look.
    pub(super) reads: Vec<String>,
}

/// A plain number in Verilog is 32 bits wide (IEEE 1364-2005, 3.5.1).
const NUMBER: usize = 32;

impl Scope<'_> {
    fn report(&mut self, rule: Rule, e: &E) {
        self.found.push((rule, render::expression(e)));
    }

    /// Resolves a name the way RustHDL's generator does: loop variables, then one array index.
    pub(super) fn meaning(&self, name: &str) -> Meaning {
        let name = name.trim_end_matches("$next");
        if let Some(value) = self.loops.get(name) {
            return Meaning::Number(*value);
        }
        let resolved = match self.without_index(name) {
            Ok(resolved) => resolved,
            Err(rule) => return Meaning::Bad(rule),
        };
        if let Some(signal) = self.module.signals.get(&resolved) {
            Meaning::Signal(resolved, *signal)
        } else if let Some(width) = self.module.enumerators.get(&resolved) {
            Meaning::Enumerator(*width)
        } else {
            Meaning::Bad(Rule::NotASignal)
        }
    }

    /// `memory[i+1]$q` as `memory$4$q`.
    fn without_index(&self, name: &str) -> Result<String, Rule> {
        let Some((before, rest)) = name.split_once('[') else { return Ok(name.into()) };
        let (index, after) = rest.split_once(']').ok_or(Rule::DynamicIndex)?;
        if index.contains('[') || after.contains('[') {
            return Err(Rule::NestedIndex);
        }
        let mut context = HashMapContext::new();
        for (variable, value) in &self.loops {
            let value = i64::try_from(*value).map_err(|_| Rule::DynamicIndex)?;
            context.set_value(variable.clone(), value.into()).map_err(|_| Rule::DynamicIndex)?;
        }
        let value = evalexpr::eval_int_with_context(index, &context).map_err(|_| Rule::DynamicIndex)?;
        Ok(format!("{before}${value}{after}"))
    }

    /// The width that the expression has in Rust; none for a number, which takes any.
    pub(super) fn rust_width(&self, e: &E) -> Option<usize> {
        match e {
            E::Signal(name) => match self.meaning(name) {
                Meaning::Signal(_, signal) => Some(signal.width),
                Meaning::Enumerator(width) => Some(width),
                Meaning::Number(_) | Meaning::Bad(_) => None,
            },
            E::Literal(value) => Some(1).filter(|_| render::literal(value).0 == 1),
            E::Cast(_, width) | E::Slice(_, width, _) => Some(*width),
            E::Signed(inner) | E::Unsigned(inner) | E::Paren(inner) => self.rust_width(inner),
            E::Binary(l, Op::Shl | Op::Shr, _) => self.rust_width(l),
            E::Binary(l, op, r) if !is_truth(op) => self.rust_width(l).or_else(|| self.rust_width(r)),
            E::Unary(Unary::Not | Unary::Neg, inner) => self.rust_width(inner),
            E::IndexReplace(base, ..) => self.rust_width(base),
            E::Binary(..) | E::Unary(..) | E::Index(..) => Some(1),
        }
    }

    /// The width that the expression has in Verilog by itself (IEEE 1364-2005, table 5-22).
    pub(super) fn verilog_width(&self, e: &E) -> usize {
        match e {
            E::Signal(name) => match self.meaning(name) {
                Meaning::Signal(_, signal) => signal.width,
                Meaning::Number(_) | Meaning::Enumerator(_) | Meaning::Bad(_) => NUMBER,
            },
            E::Literal(value) => render::literal(value).0,
            // RustHDL prints a cast as a mask of the cast's width.
            E::Cast(inner, width) => self.verilog_width(inner).max(*width),
            E::Slice(_, width, _) => *width,
            E::Signed(inner) | E::Unsigned(inner) | E::Paren(inner) => self.verilog_width(inner),
            E::Binary(l, Op::Shl | Op::Shr, _) => self.verilog_width(l),
            E::Binary(l, op, r) if !is_truth(op) => self.verilog_width(l).max(self.verilog_width(r)),
            E::Unary(Unary::Not | Unary::Neg, inner) => self.verilog_width(inner),
            // Printed with a plain 1 that is shifted.
            E::IndexReplace(base, ..) => self.verilog_width(base).max(NUMBER),
            E::Binary(..) | E::Unary(..) | E::Index(..) => 1,
        }
    }

    /// An expression where Verilog takes it as wide as it is by itself, and looks at every bit.
    pub(super) fn alone(&mut self, e: &E) {
        let width = self.verilog_width(e);
        let rust = self.rust_width(e).unwrap_or(width);
        if self.overflows(e, width, rust) {
            self.report(Rule::Overflow, e);
        }
    }

    /// Whether the expression, computed by Verilog in `wide` bits and by Rust in `rust`, can have
    /// a bit set above the Rust width. Reports what is wrong inside it.
    pub(super) fn overflows(&mut self, e: &E, wide: usize, rust: usize) -> bool {
        match e {
            E::Signal(name) => {
                match self.meaning(name) {
                    Meaning::Signal(resolved, signal) => {
                        if signal.signed {
                            self.report(Rule::Signed, e);
                        }
                        self.reads.push(resolved);
                    }
                    Meaning::Number(value) => {
                        if (usize::BITS - value.leading_zeros()) as usize > rust {
                            self.report(Rule::LiteralTooWide, e);
                        }
                    }
                    Meaning::Enumerator(_) => {}
                    Meaning::Bad(rule) => self.report(rule, e),
                }
                false
            }
            E::Literal(value) => {
                let (_, digits) = render::literal(value);
                if render::bits_needed(&digits) > rust {
                    self.report(Rule::LiteralTooWide, e);
                }
                false
            }
            E::Paren(inner) => self.overflows(inner, wide, rust),
            E::Cast(inner, width) => {
                let inside = self.rust_width(inner).unwrap_or(*width);
                let wide = wide.max(self.verilog_width(inner)).max(*width);
                if self.overflows(inner, wide, inside) && *width > inside {
                    self.report(Rule::Overflow, e);
                }
                false
            }
            E::Signed(inner) | E::Unsigned(inner) => {
                self.report(Rule::Signed, e);
                self.overflows(inner, wide, rust)
            }
            E::Binary(l, op, r) => {
                self.precedence(e, l, op, r);
                self.binary(e, (l, op, r), wide, rust)
            }
            E::Unary(op, inner) => self.unary(e, op, inner, wide, rust),
            E::Index(base, index) => {
                self.select(e, base, index, 1);
                false
            }
            E::Slice(base, width, offset) => {
                self.select(e, base, offset, *width);
                false
            }
            E::IndexReplace(base, index, value) => {
                self.alone(index);
                self.overflows(value, wide, 1);
                self.overflows(base, wide, rust)
            }
        }
    }

    /// RustHDL prints no parentheses of its own: `a & b == c` stays so, and Verilog reads it as
    /// `a & (b == c)`. Only a chain of one operator means the same in both.
    fn precedence(&mut self, e: &E, l: &E, op: &Op, r: &E) {
        let chained = match l {
            E::Binary(_, inner, _) => same(op, inner) && (is_logical(op) || !is_truth(op)),
            _ => true,
        };
        if !chained || matches!(r, E::Binary(..)) {
            self.report(Rule::MixedOperators, e);
        }
    }

    fn binary(&mut self, e: &E, (l, op, r): (&E, &Op, &E), wide: usize, rust: usize) -> bool {
        match op {
            Op::Add | Op::Sub | Op::Mul => {
                self.overflows(l, wide, rust);
                self.overflows(r, wide, rust);
                wide > rust
            }
            Op::BitAnd => self.overflows(l, wide, rust) & self.overflows(r, wide, rust),
            Op::BitOr | Op::BitXor => self.overflows(l, wide, rust) | self.overflows(r, wide, rust),
            Op::Shl => {
                self.overflows(l, wide, rust);
                self.alone(r);
                wide > rust
            }
            Op::Shr => {
                if self.overflows(l, wide, rust) {
                    self.report(Rule::Overflow, e);
                }
                self.alone(r);
                false
            }
            Op::LogicalAnd | Op::LogicalOr => {
                self.alone(l);
                self.alone(r);
                false
            }
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Ge | Op::Gt => {
                let wide = self.verilog_width(l).max(self.verilog_width(r));
                let rust = self.rust_width(l).or_else(|| self.rust_width(r)).unwrap_or(wide);
                if self.overflows(l, wide, rust) | self.overflows(r, wide, rust) {
                    self.report(Rule::Overflow, e);
                }
                false
            }
        }
    }

    fn unary(&mut self, e: &E, op: &Unary, inner: &E, wide: usize, rust: usize) -> bool {
        if matches!(inner, E::Binary(..)) {
            self.report(Rule::MixedOperators, e);
        }
        match op {
            Unary::Not => {
                self.overflows(inner, wide, rust);
                wide > rust
            }
            Unary::Neg => {
                self.report(Rule::Signed, e);
                self.overflows(inner, wide, rust)
            }
            Unary::All | Unary::Any | Unary::Xor => {
                let width = self.verilog_width(inner);
                let rust = self.rust_width(inner).unwrap_or(width);
                if self.overflows(inner, width, rust) {
                    self.report(Rule::Overflow, e);
                } else if matches!(op, Unary::All) && width > rust {
                    self.report(Rule::AllOfWider, e);
                }
                false
            }
        }
    }

    /// `base[offset]`, `base[offset +: count]`: Verilog selects from signals only.
    fn select(&mut self, e: &E, base: &E, offset: &E, count: usize) {
        self.alone(offset);
        let E::Signal(name) = base else {
            self.alone(base);
            self.report(Rule::SelectOfExpression, e);
            return;
        };
        match self.meaning(name) {
            Meaning::Signal(resolved, signal) => {
                self.reads.push(resolved);
                if signal.signed {
                    self.report(Rule::Signed, e);
                }
                if signal.width == 1 {
                    self.report(Rule::SelectOfScalar, e);
                } else if self.constant(offset).is_some_and(|offset| offset + count > signal.width) {
                    self.report(Rule::SelectOutside, e);
                }
            }
            Meaning::Number(_) | Meaning::Enumerator(_) => self.report(Rule::SelectOfExpression, e),
            Meaning::Bad(rule) => self.report(rule, e),
        }
    }

    /// The value of a literal or a loop's variable.
    pub(super) fn constant(&self, e: &E) -> Option<usize> {
        match e {
            E::Literal(value) => match render::literal(value).1.as_str() {
                "" => Some(0),
                digits => usize::from_str_radix(digits, 16).ok(),
            },
            E::Signal(name) => match self.meaning(name) {
                Meaning::Number(value) => Some(value),
                _ => None,
            },
            E::Paren(inner) => self.constant(inner),
            E::Binary(l, op, r) => {
                let (l, r) = (self.constant(l)?, self.constant(r)?);
                match op {
                    Op::Add => l.checked_add(r),
                    Op::Sub => l.checked_sub(r),
                    Op::Mul => l.checked_mul(r),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The role of a resolved name.
    pub(super) fn role(&self, name: &str) -> Option<Role> {
        self.module.signals.get(name).map(|signal| signal.role)
    }
}

/// The operator gives one bit, true or false.
fn is_truth(op: &Op) -> bool {
    is_logical(op) || matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Ge | Op::Gt)
}

fn is_logical(op: &Op) -> bool {
    matches!(op, Op::LogicalAnd | Op::LogicalOr)
}

fn same(a: &Op, b: &Op) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}
