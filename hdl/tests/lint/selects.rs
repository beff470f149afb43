//! Selecting bits and array elements: what is no Verilog at all.

use portolan_hdl::lint::Rule;
use rust_hdl::prelude::*;

use crate::{In8, In16, Local8, Out1, Out8, clean, only};

#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
struct Pair {
    high: Bits<8>,
    low: Bits<8>,
}

block!(Cell { i: In8, o: Out8 } {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = self.i.val();
    }
});
#[test]
fn bits_of_an_expression() {
    block!(Bad { a: In16, b: In16, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = (self.a.val() + self.b.val()).get_bits::<8>(0);
        }
    });
    block!(Copy { sun: In8, moon: In8, bright: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.bright .next=(self.sun.val() & self.moon.val()).get_bit(7);
        }
    });
    only(Bad::default(), Rule::SelectOfExpression);
    only(Copy::default(), Rule::SelectOfExpression);
}

#[test]
fn bits_of_a_struct_field() {
    block!(Bad { s: Signal<In, Pair>, o: Signal<Out, Bits<4>> } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.s.val().high.get_bits::<4>(4);
        }
    });
    block!(Copy { twins: Signal<In, Pair>, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o .next=self .twins.val() .low.get_bit(3);
        }
    });
    only(Bad::default(), Rule::SelectOfExpression);
    only(Copy::default(), Rule::SelectOfExpression);
}

#[test]
fn bits_of_a_local_copy_are_clean() {
    block!(Good { s: Signal<In, Pair>, i: Signal<In, Bits<3>>, l: Local8, o: Signal<Out, Bits<4>>, p: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.l.next = self.s.val().high;
            self.o.next = self.l.val().get_bits::<4>(4);
            self.p.next = self.l.val().get_bit(self.i.val().index());
        }
    });
    clean(Good::default());
}

#[test]
fn a_bit_of_a_one_bit_signal_and_bits_outside_a_signal() {
    block!(Scalar { a: Signal<In, Bits<1>>, o: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val().get_bit(0);
        }
    });
    block!(Outside { a: In16, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.a.val().get_bits::<8>(9);
        }
    });
    only(Scalar::default(), Rule::SelectOfScalar);
    only(Outside::default(), Rule::SelectOutside);
}

#[derive(LogicBlock, Default)]
struct Row {
    i: In8,
    o: Out8,
    cells: [Cell; 2],
}

impl Logic for Row {
    #[hdl_gen]
    fn update(&mut self) {
        for k in 0..2 {
            self.cells[k].i.next = self.i.val();
        }
        self.o.next = self.cells[0].o.val() ^ self.cells[1].o.val();
    }
}

#[test]
fn one_level_of_array_index_is_clean() {
    clean(Row::default());
}

#[test]
fn two_levels_of_array_index() {
    block!(Bad { i: In8, o: Out8, rows: [Row; 2] } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = 0.into();
            for k in 0..2 {
                self.rows[k].i.next = self.i.val();
            }
            for k in 0..2 {
                for m in 0..2 {
                    self.o.next = self.rows[k].cells[m].o.val();
                }
            }
        }
    });
    block!(Copy { drop: In8, sum: Out8, wall: [[Cell; 2]; 2] } {
        #[hdl_gen]
        fn update(&mut self) {
            for x in 0..2
                { for y in 0..2
                { self.wall[x][y].i .next=self.drop . val ( );
                }
            }
            self.sum .next=self.drop
                .val();
        }
    });
    let rules =
        |findings: Vec<portolan_hdl::lint::Finding>| findings.into_iter().map(|f| f.rule).collect::<Vec<_>>();
    assert!(rules(crate::findings(Bad::default())).contains(&Rule::NestedIndex));
    assert!(rules(crate::findings(Copy::default())).contains(&Rule::NestedIndex));
}

#[test]
fn an_index_with_arithmetic_over_loop_variables_is_clean() {
    block!(Good { i: In8, o: Out8, cells: [Cell; 4] } {
        #[hdl_gen]
        fn update(&mut self) {
            self.cells[0].i.next = self.i.val();
            for k in 0..3 {
                self.cells[k + 1].i.next = self.cells[k].o.val();
            }
            self.o.next = self.cells[3].o.val();
        }
    });
    clean(Good::default());
}
