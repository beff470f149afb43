//! Statements, in the order in which both languages carry them out.

use rust_hdl::core::ast::{
    VerilogBlock, VerilogBlockOrConditional as Otherwise, VerilogConditional, VerilogExpression as E,
    VerilogMatch, VerilogStatement as S,
};

use super::design::{Module, Role};
use super::expression::{Meaning, Scope};
use super::flow::Flow;
use super::{Finding, Rule, render};

struct Walk<'a, 'f> {
    scope: Scope<'a>,
    flow: Flow,
    findings: &'f mut Vec<Finding>,
}

/// Reports what is wrong in a module's `update`.
pub(super) fn check(module: &Module, findings: &mut Vec<Finding>) {
    let Some(code) = &module.code else { return };
    let scope = Scope { module, loops: Default::default(), found: vec![], reads: vec![] };
    let mut walk = Walk { scope, flow: Flow::default(), findings };
    walk.block(code);
    for (name, signal) in &module.signals {
        let touched = walk.flow.is_touched(name);
        if signal.role.is_driven_here() && touched && !walk.flow.is_written(name) {
            walk.report(Rule::Latch, render::name(name));
        } else if matches!(signal.role, Role::Output | Role::ChildInput) && !touched {
            walk.report(Rule::NeverWritten, render::name(name));
        }
    }
}

impl Walk<'_, '_> {
    fn report(&mut self, rule: Rule, text: String) {
        self.findings.push(Finding { module: self.scope.module.path.clone(), rule, text });
    }

    fn block(&mut self, block: &VerilogBlock) {
        for statement in block {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &S) {
        match statement {
            S::Assignment(target, value) => self.assignment(target, value),
            S::SliceAssignment { base, width, offset, replacement } => {
                self.slice_assignment(base, *width, offset, replacement);
            }
            S::If(conditional) => self.conditional(conditional),
            S::Match(cases) => self.cases(cases),
            S::Loop(repeat) => {
                let outer = self.scope.loops.clone();
                for value in repeat.from.as_usize()..repeat.to.as_usize() {
                    self.scope.loops.insert(repeat.index.clone(), value);
                    self.block(&repeat.block);
                }
                self.scope.loops = outer;
            }
            S::Macro(block) => self.block(block),
            S::Link(_) => self.report(Rule::Link, "join or link".into()),
            S::Comment(_) => {}
        }
    }

    /// Takes over what the scope found in the expressions of the statement `text`.
    fn collect(&mut self, text: &str) {
        for (rule, part) in std::mem::take(&mut self.scope.found) {
            let text = if part == text { part } else { format!("{part}` in `{text}") };
            self.report(rule, text);
        }
        for name in std::mem::take(&mut self.scope.reads) {
            let role = self.scope.role(&name);
            if role.is_some_and(Role::is_driven_here) && !self.flow.is_written(&name) {
                self.report(Rule::ReadBeforeWrite, format!("{}` in `{text}", render::name(&name)));
            }
            if role == Some(Role::ChildInput) {
                self.flow.read(&name, text);
            }
        }
    }

    /// The signal that is written, and its width.
    fn target(&mut self, target: &E, text: &str) -> Option<(String, usize)> {
        let E::Signal(name) = target else {
            self.report(Rule::SelectOfExpression, text.into());
            return None;
        };
        match self.scope.meaning(name) {
            Meaning::Signal(resolved, signal) if signal.role.is_driven_here() => {
                if let Some(reader) = self.flow.reader(&resolved) {
                    let text = format!("{text}` after `{reader}");
                    self.report(Rule::ReadBeforeLastWrite, text);
                }
                Some((resolved, signal.width))
            }
            Meaning::Bad(rule) => {
                self.report(rule, text.into());
                None
            }
            _ => {
                self.report(Rule::NotASignal, text.into());
                None
            }
        }
    }

    fn assignment(&mut self, target: &E, value: &E) {
        let text = format!("{} = {}", render::expression(target), render::expression(value));
        let width = match target {
            E::Signal(name) => match self.scope.meaning(name) {
                Meaning::Signal(_, signal) => signal.width,
                _ => self.scope.verilog_width(value),
            },
            _ => self.scope.verilog_width(value),
        };
        self.value(value, width, &text);
        if let Some((name, width)) = self.target(target, &text) {
            self.flow.write(&name, width, 0, width);
        }
    }

    fn slice_assignment(&mut self, base: &E, width: usize, offset: &E, replacement: &E) {
        let text = format!(
            "{}[{}; {width}] = {}",
            render::expression(base),
            render::expression(offset),
            render::expression(replacement)
        );
        self.scope.alone(offset);
        self.value(replacement, width, &text);
        let first = self.scope.constant(offset);
        if let Some((name, full)) = self.target(base, &text) {
            match first {
                Some(first) if first + width <= full => self.flow.write(&name, full, first, width),
                Some(_) => self.report(Rule::SelectOutside, text),
                None => self.flow.write(&name, full, 0, 0),
            }
        }
    }

    /// A value that is written to `width` bits, which cut its overflow off.
    fn value(&mut self, value: &E, width: usize, text: &str) {
        if self.scope.rust_width(value).is_some_and(|w| w != width) {
            self.report(Rule::WidthUnclear, text.into());
        }
        let wide = width.max(self.scope.verilog_width(value));
        self.scope.overflows(value, wide, width);
        self.collect(text);
    }

    fn conditional(&mut self, conditional: &VerilogConditional) {
        let text = render::expression(&conditional.test);
        self.scope.alone(&conditional.test);
        self.collect(&text);
        let before = self.flow.clone();
        self.block(&conditional.then);
        let then = std::mem::replace(&mut self.flow, before);
        match &conditional.otherwise {
            Otherwise::Block(block) => self.block(block),
            Otherwise::Conditional(statement) => self.statement(statement),
            Otherwise::None => {}
        }
        let otherwise = std::mem::take(&mut self.flow);
        self.flow = then.join(otherwise);
    }

    fn cases(&mut self, cases: &VerilogMatch) {
        let text = format!("match {}", render::expression(&cases.test));
        self.scope.alone(&cases.test);
        self.collect(&text);
        let before = self.flow.clone();
        // Without a default arm Verilog does nothing for an encoding that Rust does not have.
        let has_default = cases.cases.iter().any(|case| case.condition == "default");
        let mut after = (!has_default).then(|| before.clone());
        for case in &cases.cases {
            let known = self.scope.module.enumerators.contains_key(&case.condition.replace("::", "$"));
            let number = case.condition.starts_with(|c: char| c.is_ascii_digit());
            if case.condition != "default" && !known && !number {
                self.report(Rule::NotASignal, format!("{}` in `{text}", case.condition));
            }
            self.flow = before.clone();
            self.block(&case.block);
            let flow = std::mem::take(&mut self.flow);
            after = Some(match after {
                Some(joined) => joined.join(flow),
                None => flow,
            });
        }
        self.flow = after.unwrap_or(before);
    }
}
