//! Subjects with one rule changed: what runs on every subject must find each.

use portolan::Status;
use portolan_sim::raw;

use crate::model::{Op, Outcome, Subject};
use crate::subjects::Software;
use crate::{CASES, Together, random_operations};

/// A rule that is kept otherwise: by an older generation of the kernel, or by none.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// I8 as in 2018: a bind does not deliver the edge that came before.
    BindForgets,
    /// I10 until 2025: unbinding throws the unread packet away.
    UnbindForgets,
    /// I14: a packet tells of the last edge, not of the first.
    LastWins,
    /// I19: an acknowledge takes what is pending with it.
    AcknowledgeForgets,
    /// I18: an acknowledge of an unbound interrupt succeeds.
    AcknowledgeAlways,
    /// I12: it is bound to the other port.
    OtherPort,
}

const RULES: [Rule; 6] = [
    Rule::BindForgets,
    Rule::UnbindForgets,
    Rule::LastWins,
    Rule::AcknowledgeForgets,
    Rule::AcknowledgeAlways,
    Rule::OtherPort,
];

/// A virtual interrupt that keeps one rule otherwise.
struct Changed {
    rule: Rule,
    software: Software,
    /// The port it is bound to.
    bound: Option<usize>,
    /// The last edge.
    edge: u64,
}

impl Changed {
    fn new(rule: Rule) -> Changed {
        Changed { rule, software: Software::new(), bound: None, edge: 0 }
    }

    fn other(&self, op: Op) -> Op {
        match (self.rule, op) {
            (Rule::OtherPort, Op::Bind(port, key)) => Op::Bind(1 - port, key),
            (Rule::OtherPort, Op::Unbind(port)) => Op::Unbind(1 - port),
            _ => op,
        }
    }

    /// What an older kernel does before the operation.
    fn forget(&mut self, op: Op) {
        match (self.rule, op, self.bound) {
            (Rule::BindForgets, Op::Bind(..), None) => {
                self.software.apply(Op::Renew, 0);
            }
            (Rule::UnbindForgets, Op::Unbind(port), Some(bound)) if port == bound => {
                self.software.apply(Op::Read(port), 0);
            }
            (Rule::AcknowledgeForgets, Op::Ack, Some(bound)) => {
                // The first sends what is pending, which is read by nobody.
                self.software.apply(Op::Ack, 0);
                self.software.apply(Op::Read(bound), 0);
            }
            _ => {}
        }
    }
}

impl Subject for Changed {
    fn apply(&mut self, op: Op, edge: u64) -> Outcome {
        self.forget(op);
        let outcome = self.software.apply(self.other(op), edge);
        match op {
            Op::Bind(port, _) if outcome == Outcome::Done => self.bound = Some(port),
            Op::Unbind(_) if outcome == Outcome::Done => self.bound = None,
            Op::Renew => self.bound = None,
            Op::Edge => self.edge = edge,
            _ => {}
        }
        match (self.rule, outcome) {
            (Rule::LastWins, Outcome::Packet(key, _)) => Outcome::Packet(key, self.edge),
            (Rule::AcknowledgeAlways, Outcome::Failed(Status::BAD_STATE)) if op == Op::Ack => Outcome::Done,
            _ => outcome,
        }
    }
}

fn changed(rule: Rule) -> Together {
    Together::new(vec![("changed", Box::new(Changed::new(rule)))])
}

#[test]
fn a_subject_with_one_rule_changed_is_found_by_a_case() {
    for rule in RULES {
        let found = CASES.iter().filter_map(|case| case.run(changed(rule)).err()).next();
        assert!(found.is_some(), "no case finds {rule:?}");
    }
}

#[test]
fn a_subject_with_one_rule_changed_is_found_by_random_operations() {
    let seed = raw::seed(0x1d3);
    for rule in RULES {
        let found = random_operations(seed, 10_000, changed(rule));
        assert!(found.is_err(), "PORTOLAN_SEED={seed}: {rule:?} is not found");
    }
}

#[test]
fn an_unchanged_subject_is_not_found() {
    let honest = || Together::new(vec![("software", Box::new(Software::new()))]);
    CASES.iter().for_each(|case| case.run(honest()).unwrap());
    random_operations(raw::seed(0x1d3), 10_000, honest()).unwrap();
}
