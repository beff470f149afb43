//! Expressions as text for people, close to the Rust source.

use rust_hdl::core::ast::{VerilogExpression as E, VerilogLiteral, VerilogOp, VerilogOpUnary};

/// A literal's printed width and its hexadecimal digits without leading zeros.
pub(super) fn literal(literal: &VerilogLiteral) -> (usize, String) {
    let text = format!("{literal:x}");
    let (bits, digits) = text.split_once("'h").expect("RustHDL prints literals as WIDTH'hDIGITS");
    (bits.parse().expect("a literal's width is a number"), digits.trim_start_matches('0').into())
}

/// Bits that a literal's digits need; a negative number needs more than anything has.
pub(super) fn bits_needed(digits: &str) -> usize {
    match digits.chars().next() {
        None => 0,
        Some('-') => usize::MAX,
        Some(first) => {
            let top = first.to_digit(16).expect("hexadecimal digits");
            4 * (digits.len() - 1) + (u32::BITS - top.leading_zeros()) as usize
        }
    }
}

/// A signal's name as Rust has it.
pub(super) fn name(signal: &str) -> String {
    signal.trim_end_matches("$next").replace('$', ".")
}

fn operator(op: &VerilogOp) -> &'static str {
    match op {
        VerilogOp::Add => "+",
        VerilogOp::Sub => "-",
        VerilogOp::Mul => "*",
        VerilogOp::LogicalAnd => "&&",
        VerilogOp::LogicalOr => "||",
        VerilogOp::BitXor => "^",
        VerilogOp::BitAnd => "&",
        VerilogOp::BitOr => "|",
        VerilogOp::Shl => "<<",
        VerilogOp::Shr => ">>",
        VerilogOp::Eq => "==",
        VerilogOp::Lt => "<",
        VerilogOp::Le => "<=",
        VerilogOp::Ne => "!=",
        VerilogOp::Ge => ">=",
        VerilogOp::Gt => ">",
    }
}

/// An expression, much as it stands in the source.
pub(super) fn expression(e: &E) -> String {
    match e {
        E::Signal(signal) => name(signal),
        E::Literal(value) => {
            let (_, digits) = literal(value);
            match u32::from_str_radix(&digits, 16) {
                Ok(value) if value < 1024 => value.to_string(),
                _ if digits.is_empty() => "0".into(),
                _ => format!("0x{digits}"),
            }
        }
        E::Cast(inner, width) => format!("bit_cast::<{width}>({})", expression(inner)),
        E::Signed(inner) => format!("signed({})", expression(inner)),
        E::Unsigned(inner) => format!("unsigned({})", expression(inner)),
        E::Paren(inner) => format!("({})", expression(inner)),
        E::Binary(l, op, r) => format!("{} {} {}", expression(l), operator(op), expression(r)),
        E::Unary(VerilogOpUnary::Not, inner) => format!("!{}", expression(inner)),
        E::Unary(VerilogOpUnary::Neg, inner) => format!("-{}", expression(inner)),
        E::Unary(VerilogOpUnary::All, inner) => format!("{}.all()", expression(inner)),
        E::Unary(VerilogOpUnary::Any, inner) => format!("{}.any()", expression(inner)),
        E::Unary(VerilogOpUnary::Xor, inner) => format!("{}.xor()", expression(inner)),
        E::Index(base, index) => format!("{}.get_bit({})", expression(base), expression(index)),
        E::Slice(base, width, offset) => {
            format!("{}.get_bits::<{width}>({})", expression(base), expression(offset))
        }
        E::IndexReplace(base, index, value) => {
            format!("{}.replace_bit({}, {})", expression(base), expression(index), expression(value))
        }
    }
}
