//! Names: keywords, and what is no signal.

use portolan_hdl::lint::Rule;
use rust_hdl::prelude::*;

use crate::{In8, In16, Out1, Out8, Out16, clean, only};

#[test]
fn names_that_are_keywords() {
    block!(Bad { initial: In8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.initial.val();
        }
    });
    block!(Copy { bit: In8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o .next=self.bit.val();
        }
    });
    block!(Cell { i: In8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.i.val();
        }
    });
    block!(Instance { i: In8, o: Out8, table: Cell } {
        #[hdl_gen]
        fn update(&mut self) {
            self.table.i.next = self.i.val();
            self.o.next = self.table.o.val();
        }
    });
    only(Bad::default(), Rule::Keyword);
    only(Copy::default(), Rule::Keyword);
    only(Instance::default(), Rule::Keyword);
}

#[derive(LogicBlock, Default)]
struct Bad<const N: usize> {
    a: In8,
    o: Out1,
}
impl<const N: usize> Logic for Bad<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = self.a.val().get_bit(N);
    }
}
const DEPTH: u64 = 12;
#[test]
fn a_const_that_is_used_as_a_value() {
    only(Bad::<3>::default(), Rule::NotASignal);
    block!(Copy { fill: In8, full: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.full .next=self.fill.val() == DEPTH;
        }
    });
    only(Copy::default(), Rule::NotASignal);
}

#[derive(LogicBlock)]
struct Good<const N: usize> {
    a: In8,
    o: Out8,
    p: Out1,
    limit: Constant<Bits<8>>,
}
impl<const N: usize> Logic for Good<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.p.next = self.a.val() == self.limit.val();
        self.o.next = 0.into();
        for i in 0..N {
            if self.a.val().get_bit(i) {
                self.o.next = self.a.val();
            }
        }
    }
}

#[test]
fn a_constant_and_a_const_as_a_loop_bound_are_clean() {
    clean(Good::<8> {
        a: Default::default(),
        o: Default::default(),
        p: Default::default(),
        limit: Constant::new(12.into()),
    });
}

#[test]
fn a_loop_that_runs_beyond_a_signal() {
    let block = Good::<9> {
        a: Default::default(),
        o: Default::default(),
        p: Default::default(),
        limit: Constant::new(12.into()),
    };
    only(block, Rule::SelectOutside);
}

#[test]
fn signed_arithmetic_is_refused_because_nobody_checked_it() {
    block!(Bad { a: Signal<In, Signed<16>>, o: Signal<Out, Signed<16>> } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val();
        }
    });
    only(Bad::default(), Rule::Signed);
    block!(Plain { a: In16, o: Out16 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val();
        }
    });
    clean(Plain::default());
}
