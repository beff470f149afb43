//! The order of reads and writes: latches, and values that only one side sees.

use portolan_hdl::lint::Rule;
use rust_hdl::prelude::*;

use crate::{In1, In8, Local8, Out1, Out8, clean, findings, only};

#[test]
fn a_local_that_is_read_before_it_is_written() {
    block!(Bad { a: In8, l: Local8, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = self.l.val();
            self.l.next = self.a.val();
        }
    });
    block!(Copy { sun: In8, up: In1, height: Local8, sky: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            if self.up . val ( )
                { self.height .next=self.sun . val ( );
            }
            self.sky .next=self.height
                .val();
            self.height .next=0.into();
        }
    });
    only(Bad::default(), Rule::ReadBeforeWrite);
    only(Copy::default(), Rule::ReadBeforeWrite);
}

#[test]
fn an_output_that_is_read_before_it_is_written() {
    block!(Bad { a: In8, o: Out8, p: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.p.next = self.o.val().any();
            self.o.next = self.a.val();
        }
    });
    only(Bad::default(), Rule::ReadBeforeWrite);
}

#[test]
fn a_latch() {
    block!(Bad { a: In8, p: In1, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            if self.p.val() {
                self.o.next = self.a.val();
            }
        }
    });
    block!(Copy { wet: In1, cold: In1, coat: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            if self.wet
                .val()
                { self.coat .next=true;
            } else if self.cold . val ( )
                { self.coat .next=false;
            }
        }
    });
    only(Bad::default(), Rule::Latch);
    only(Copy::default(), Rule::Latch);
}

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum Season {
    Spring,
    Summer,
    Winter,
}

#[test]
fn a_match_without_a_default_arm_is_a_latch_and_with_a_default_before_it_is_clean() {
    block!(Bad { s: Signal<In, Season>, o: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            match self.s.val() {
                Season::Spring => {
                    self.o.next = 1.into();
                }
                Season::Summer => {
                    self.o.next = 2.into();
                }
                Season::Winter => {
                    self.o.next = 3.into();
                }
            }
        }
    });
    block!(Good { s: Signal<In, Season>, o: Out8, p: Out1 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = 0.into();
            match self.s.val() {
                Season::Spring => {
                    self.o.next = 1.into();
                }
                Season::Summer => {
                    self.o.next = 2.into();
                }
                Season::Winter => {
                    self.o.next = 3.into();
                }
            }
            match self.s.val() {
                Season::Spring => {
                    self.p.next = true;
                }
                _ => {
                    self.p.next = (self.s.val() == Season::Winter) | (self.s.val() == Season::Summer);
                }
            }
        }
    });
    only(Bad::default(), Rule::Latch);
    clean(Good::default());
}

#[test]
fn a_default_or_every_branch_is_no_latch() {
    block!(Good { a: In8, p: In1, o: Out8, q: Out8 } {
        #[hdl_gen]
        fn update(&mut self) {
            self.o.next = 0.into();
            if self.p.val() {
                self.o.next = self.a.val();
                self.q.next = 1.into();
            } else {
                self.q.next = self.o.val();
            }
        }
    });
    clean(Good::default());
}

#[test]
fn an_input_of_a_sub_block_that_is_read_before_its_last_write() {
    block!(Bad { a: In8, reset: In1, o: Out8, clock: Signal<In, Clock>, dff: rust_hdl::widgets::prelude::DFF<Bits<8>> } {
        #[hdl_gen]
        fn update(&mut self) {
            dff_setup!(self, clock, dff);
            self.dff.d.next = self.a.val();
            self.o.next = self.dff.d.val();
            if self.reset.val() { self.dff.d.next = 0.into(); }
        }
    });
    block!(Copy { a: In8, z: In1, o: Out1, tick: Signal<In, Clock>, state: rust_hdl::widgets::prelude::DFF<Bits<8>> } {
        #[hdl_gen]
        fn update(&mut self) {
            self.state.clock .next=self.tick . val ( ); self.state.d .next=self.a . val ( );
            self.o .next=false;
            if self.state.d.val()
                .any() { self.o .next=true; }
            if self.z
                    .val() { self.state.d .next=0.into(); }
        }
    });
    only(Bad::default(), Rule::ReadBeforeLastWrite);
    only(Copy::default(), Rule::ReadBeforeLastWrite);
}

#[test]
fn an_output_or_a_sub_block_that_nothing_drives() {
    #[derive(LogicBlock, Default)]
    struct Forgotten {
        a: In8,
        o: Out8,
    }
    impl Logic for Forgotten {
        fn update(&mut self) {
            self.o.next = self.a.val();
        }
    }
    only(Forgotten::default(), Rule::NeverWritten);

    block!(Bad { a: In8, o: Out8, d: rust_hdl::widgets::prelude::DFF<Bits<8>> } {
        #[hdl_gen]
        fn update(&mut self) {
            self.d.d.next = self.a.val();
            self.o.next = self.d.q.val();
        }
    });
    let findings = findings(Bad::default());
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!((findings[0].rule, findings[0].text.as_str()), (Rule::NeverWritten, "d.clock"));
}
