//! INTx follows the block's interrupt, and keeps to Interrupt Disable and MSI-X Enable.

use portolan_regs::{control, line, map, mode, port};
use portolan_sim::Size;
use portolan_sim::pcie::root::Root;

use crate::links;

const DISABLE: u16 = 1 << 10;

fn open(link: usize) -> Root {
    let mut root = Root::open(Size::L4P1, links()[link], 5).expect("the top comes up");
    let config =
        line::CONFIG::MODE.put(mode::RISING) | line::CONFIG::STREAM.put(1) | line::CONFIG::UNMASK.put(1);
    let bind = line::BIND::BIND.put(1) | line::BIND::GENERATION.put(1);
    root.write(map::line(2) + line::CONFIG, &[config]).expect("a write");
    root.write(map::line(2) + line::BIND, &[bind]).expect("a write");
    root.write(control::IRQ_ENABLE, &[1]).expect("a write");
    root
}

fn doorbell(root: &mut Root, position: u32, arm: bool) {
    let word =
        port::DOORBELL_INTERRUPT::POSITION.put(position) | port::DOORBELL_INTERRUPT::ARM.put(arm.into());
    root.write(map::port(0) + port::DOORBELL_INTERRUPT, &[word]).expect("a write");
    root.read_register(control::ID).expect("the write is done");
}

fn edge(root: &mut Root) {
    root.inputs.lines |= 4;
    root.run(80).expect("the edge is seen");
    root.inputs.lines = 0;
    root.run(80).expect("and over");
}

#[test]
fn a_doorbell_that_fires_is_an_intx_message_until_it_is_written() {
    for link in 0..links().len() {
        let mut root = open(link);
        for round in 0..5 {
            doorbell(&mut root, round, true);
            assert!(!root.asserted());
            edge(&mut root);
            assert!(root.asserted(), "link {link}, round {round}");
            assert_eq!(root.outputs.interrupt_status, 1);
            doorbell(&mut root, round + 1, false);
            root.run(80).expect("the message goes out");
            assert!(!root.asserted());
            assert_eq!(root.outputs.interrupt_status, 0);
        }
    }
}

#[test]
fn interrupt_disable_takes_an_assertion_back_and_status_stays() {
    let mut root = open(0);
    doorbell(&mut root, 0, true);
    edge(&mut root);
    for _ in 0..5 {
        assert!(root.asserted());
        root.inputs.command |= DISABLE;
        root.run(40).expect("a message");
        assert!(!root.asserted());
        assert_eq!(root.outputs.interrupt_status, 1, "Interrupt Status does not depend on it");
        root.inputs.command &= !DISABLE;
        root.run(40).expect("a message");
    }
    assert!(root.asserted());
}

#[test]
fn there_is_no_intx_while_it_is_disabled_or_msix_is_on() {
    for (command, msix) in [(DISABLE, 0), (0, 1), (DISABLE, 1)] {
        let mut root = open(0);
        root.inputs.command |= command;
        root.inputs.msix_enable = msix;
        doorbell(&mut root, 0, true);
        edge(&mut root);
        assert!(!root.asserted());
        root.inputs.command &= !DISABLE;
        root.inputs.msix_enable = 0;
        root.run(40).expect("a message");
        assert!(root.asserted(), "what is pending is told when it may be");
    }
}

#[test]
fn a_function_level_reset_takes_an_assertion_back() {
    let mut root = open(0);
    doorbell(&mut root, 0, true);
    edge(&mut root);
    assert!(root.asserted());
    root.reset_function().expect("a reset");
    root.run(200).expect("it takes some clocks");
    assert!(!root.asserted());
}
