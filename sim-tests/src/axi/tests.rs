//! The master against a slave in a few lines, so that each rule can be broken on purpose.

use super::*;
use crate::model::{Inputs, Outputs};

/// A slave in a few lines, so that each rule can be broken on purpose.
#[derive(Default)]
struct Slave {
    out: Outputs,
    aw: bool,
    w: bool,
    ar: bool,
    order: Vec<&'static str>,
}

impl Slave {
    fn edge(&mut self, inputs: &Inputs, shown: &Outputs) {
        if inputs.bready == 1 && self.out.bvalid == 1 {
            self.out.bvalid = 0;
        }
        if inputs.rready == 1 && self.out.rvalid == 1 {
            self.out.rvalid = 0;
        }
        if inputs.awvalid & shown.awready == 1 {
            self.aw = true;
            self.order.push("aw");
        }
        if inputs.wvalid & shown.wready == 1 {
            self.w = true;
            self.order.push("w");
        }
        if inputs.arvalid & shown.arready == 1 {
            self.ar = true;
        }
        if self.aw && self.w {
            (self.aw, self.w, self.out.bvalid) = (false, false, 1);
        }
        if self.ar {
            (self.ar, self.out.rvalid, self.out.rdata) = (false, 1, 0x1234);
        }
        (self.out.awready, self.out.wready, self.out.arready) = (1, 1, 1);
    }
}

/// Runs until the master is done; `fault` may change what the slave shows after each edge.
fn run(
    master: &mut Master,
    slave: &mut Slave,
    fault: impl Fn(u32, &Inputs, &mut Outputs),
) -> Result<u32, BusError> {
    let mut inputs = Inputs { aresetn: 1, ..Inputs::default() };
    let mut cycle = 0;
    while master.busy() {
        master.drive(&mut inputs);
        let mut shown = slave.out;
        fault(cycle, &inputs, &mut shown);
        master.observe(&shown.clone(), &shown)?;
        slave.edge(&inputs, &shown);
        cycle += 1;
    }
    Ok(cycle)
}

fn violation(fault: impl Fn(u32, &Inputs, &mut Outputs)) -> String {
    let mut master = Master::new(Timing::Fixed { aw: 0, w: 2, ar: 0, b: 3, r: 3 });
    master.begin_write(0x38, 1, 15);
    master.begin_read(0x30);
    run(&mut master, &mut Slave::default(), fault).expect_err("the slave breaks a rule").to_string()
}

#[test]
fn a_read_and_a_write_at_once_both_end() {
    let mut master = Master::new(Timing::Fast);
    master.begin_write(0x38, 1, 15);
    master.begin_read(0x30);
    run(&mut master, &mut Slave::default(), |_, _, _| ()).unwrap();
    assert_eq!(master.take_written(), Some(Response::Okay));
    assert_eq!(master.take_fetched(), Some((Response::Okay, 0x1234)));
    assert_eq!(master.take_fetched(), None);
}

#[test]
fn address_and_data_come_in_any_order() {
    let mut orders = std::collections::BTreeSet::new();
    let mut master = Master::new(Timing::Random { seed: 1, longest: 5 });
    for _ in 0..50 {
        let mut slave = Slave::default();
        master.begin_write(0, 0, 15);
        run(&mut master, &mut slave, |_, _, _| ()).unwrap();
        orders.insert(slave.order.concat());
    }
    assert_eq!(orders.into_iter().collect::<Vec<_>>(), ["aww", "waw"]);
}

#[test]
fn every_broken_rule_is_an_error() {
    let told = |fault: fn(u32, &Inputs, &mut Outputs), words: &str| {
        let message = violation(fault);
        assert!(message.contains(words), "{message:?} should say {words:?}");
    };
    told(|cycle, _, out| out.bvalid |= u8::from(cycle == 1), "before the write's address and data");
    told(|cycle, _, out| out.rvalid |= u8::from(cycle == 0), "before the read's address");
    told(|cycle, _, out| out.rvalid &= u8::from(cycle != 4), "taken back");
    told(|cycle, _, out| out.rdata += u32::from(cycle == 4), "changed");
    told(|_, _, out| out.bresp = 1, "EXOKAY");
}

#[test]
fn an_output_that_follows_an_input_is_an_error() {
    let mut master = Master::new(Timing::Fast);
    let changed = Outputs { awready: 1, ..Outputs::default() };
    let error = master.observe(&Outputs::default(), &changed).unwrap_err();
    assert!(error.to_string().contains("without a clock edge"), "{error}");
    let again = master.observe(&changed, &changed);
    assert_eq!(again, Err(error), "a slave that broke a rule is not trusted again");
}

#[test]
fn an_answer_nobody_asked_for_is_an_error() {
    let mut master = Master::new(Timing::Fast);
    let unasked = Outputs { bvalid: 1, ..Outputs::default() };
    assert!(master.observe(&unasked, &unasked).is_err());
}

#[test]
fn an_access_that_never_ends_is_a_timeout() {
    let mut master = Master::new(Timing::Fast);
    master.set_limit(20);
    master.begin_write(0x38, 1, 15);
    let error = run(&mut master, &mut Slave::default(), |_, _, out| out.wready = 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a write to 0x38 has not ended after 20 cycles: WREADY",
        "wready is what the slave withholds"
    );
}
