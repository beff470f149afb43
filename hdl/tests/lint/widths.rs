//! Precedence and width: what Verilog computes otherwise than Rust.

use portolan_hdl::lint::Rule;
use rust_hdl::prelude::*;

use crate::{In1, In8, In16, Local1, Local8, Out1, Out8, Out16, clean, only};

#[test]
fn mixed_operators_without_parentheses() {
    block!(Bad { a: In8, b: In8, c: In8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val() & self.b.val() | self.c.val();
        }
    });
    block!(Copy { wheel: In8, of: In8, fortune: In8, result: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.result .next=self.fortune.val() ^ self.wheel . val ( ) & self.of . val ( );
        }
    });
    only(Bad::default(), Rule::MixedOperators);
    only(Copy::default(), Rule::MixedOperators);
}

#[test]
fn a_comparison_beside_another_operator() {
    block!(Bad { a: In8, b: In8, p: In1, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.p.val() & (self.a.val() == self.b.val()) == self.p.val();
        }
    });
    block!(Copy { x: In8, yes: In1, sum: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            if self.yes.val() == self.yes
                .val() & self.x . val ( ).any()
                { self.sum .next=true;
            } else
                { self.sum .next=false;
            }
        }
    });
    only(Bad::default(), Rule::MixedOperators);
    only(Copy::default(), Rule::MixedOperators);
}

#[test]
fn parentheses_and_chains_of_one_operator_are_clean() {
    block!(Good { a: In8, b: In8, c: In8, p: In1, o: Out8, t: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val() | self.b.val() | (self.c.val() & self.a.val() & self.b.val());
            self.t.next = (self.a.val() == self.b.val()) & !self.p.val() & self.c.val().any();
        }
    });
    clean(Good::default());
}

#[test]
fn arithmetic_that_is_compared() {
    block!(Bad { a: In8, c: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + 1) == self.c.val();
        }
    });
    block!(Copy { level: In8, limit: In8, over: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.over .next=false;
            if self.limit
                .val() < (self.level . val ( ) - 3)
                { self.over .next=true;
            }
        }
    });
    only(Bad::default(), Rule::Overflow);
    only(Copy::default(), Rule::Overflow);
}

#[test]
fn arithmetic_without_a_literal_is_compared_in_its_own_width() {
    block!(Good { a: In8, b: In8, c: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + self.b.val()) == self.c.val();
        }
    });
    clean(Good::default());
}

#[test]
fn arithmetic_in_a_local_of_its_width_is_clean() {
    block!(Good { a: In8, c: In8, sum: Local8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.sum.next = self.a.val() + 1;
            self.o.next = self.sum.val() == self.c.val();
        }
    });
    clean(Good::default());
}

#[test]
fn a_wider_cast_of_arithmetic() {
    block!(Bad { a: In8, b: In8, o: Out16 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = bit_cast::<16, 8>(self.a.val() + self.b.val());
        }
    });
    block!(Copy { left: In8, right: In8, wide: Out16 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.wide .next=bit_cast :: < 16,8 > ( self.left . val ( ) - self.right.val() ) ;
        }
    });
    block!(Inverted { a: In8, o: Out16 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = bit_cast::<16, 8>(!self.a.val());
        }
    });
    only(Bad::default(), Rule::Overflow);
    only(Copy::default(), Rule::Overflow);
    only(Inverted::default(), Rule::Overflow);
}

#[test]
fn an_inversion_that_is_compared() {
    block!(Bad { a: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = !self.a.val() == 0xf0;
        }
    });
    block!(Copy { flags: In8, hit: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.hit .next=0x0f != ( ! self.flags . val ( ) );
        }
    });
    only(Bad::default(), Rule::Overflow);
    only(Copy::default(), Rule::Overflow);
}

#[test]
fn a_narrowing_cast_in_a_comparison() {
    block!(Bad { w: In16, a: In8, c: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (bit_cast::<8, 16>(self.w.val()) + self.a.val()) == self.c.val();
        }
    });
    block!(Copy { broad: In16, slim: In8, same: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.same .next=self.slim.val() == (self.slim
                .val() - bit_cast::<8, 16>(self.broad
                .val()));
        }
    });
    only(Bad::default(), Rule::Overflow);
    only(Copy::default(), Rule::Overflow);
}

#[test]
fn a_wider_cast_of_a_signal_is_clean() {
    block!(Good { a: In8, b: In8, o: Out16 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = bit_cast::<16, 8>(self.a.val()) + bit_cast::<16, 8>(self.b.val());
        }
    });
    clean(Good::default());
}

#[test]
fn overflow_in_a_condition_a_reduction_an_index_or_a_shift() {
    block!(Reduction { a: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + 1).any();
        }
    });
    block!(All { a: In8, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() | 1).all();
        }
    });
    block!(Index { a: In8, i: Signal<In, Bits<3>>, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val().get_bit((self.i.val() + 1).index());
        }
    });
    block!(Down { a: In8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + 1) >> 1;
        }
    });
    block!(Amount { a: In8, i: Signal<In, Bits<3>>, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val() << (self.i.val() + 1);
        }
    });
    block!(Condition { a: In8, n: Signal<In, Bits<1>>, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = false;
            if (self.n.val() + 1).any() {
                self.o.next = true;
            }
        }
    });
    only(Reduction::default(), Rule::Overflow);
    only(All::default(), Rule::AllOfWider);
    only(Index::default(), Rule::Overflow);
    only(Down::default(), Rule::Overflow);
    only(Amount::default(), Rule::Overflow);
    only(Condition::default(), Rule::Overflow);
}

#[test]
fn overflow_that_an_assignment_cuts_off_is_clean() {
    block!(Good { a: In8, b: In8, p: Local1, o: Out8, q: Out8, r: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + 1) & self.b.val();
            self.q.next = !self.a.val() << 1;
            self.p.next = !self.a.val().any();
            self.r.next = !self.p.val() | (self.a.val() >= 7);
        }
    });
    clean(Good::default());
}

#[test]
fn a_literal_that_does_not_fit() {
    block!(Bad { a: In8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val();
            if self.a.val().any() {
                self.o.next = 300.into();
            }
        }
    });
    block!(Copy { speed: In8, fast: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.fast .next=self.speed . val ( ) > 0x1_00;
        }
    });
    only(Bad::default(), Rule::LiteralTooWide);
    only(Copy::default(), Rule::LiteralTooWide);
}
