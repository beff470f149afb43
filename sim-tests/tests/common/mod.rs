//! The smallest host there can be: arms doorbells, waits, pulls. Used by tests of the board as a device.

#![allow(dead_code)] // each test file uses its part

use portolan::device::{Device, DeviceError, Wake};
use portolan_regs::{control, line, map, mode, port, port_control};
use portolan_sim::raw::{Packet, pull_from};
use portolan_sim::{Options, SimBoard, Size};
use std::sync::Arc;

pub mod capture;

/// Binds every line, in stream mode, to port line % ports, and gives all ports the first vector.
pub fn listen(board: &dyn Device, size: Size, filter: u32) -> Result<(), DeviceError> {
    for number in 0..size.lines() {
        let config = line::CONFIG::MODE.put(mode::BOTH)
            | line::CONFIG::STREAM.put(1)
            | line::CONFIG::UNMASK.put(1)
            | line::CONFIG::FILTER.put(filter);
        board.write(map::line(number) + line::CONFIG, config)?;
        let bind = line::BIND::PORT.put(number % size.ports())
            | line::BIND::BIND.put(1)
            | line::BIND::GENERATION.put(1);
        board.write(map::line(number) + line::BIND, bind)?;
    }
    if board.vectors() > 1 {
        for number in 0..size.ports() {
            board.write(map::port_control(number) + port_control::VECTOR, 0)?;
        }
    }
    board.write(control::IRQ_ENABLE, 1)
}

/// Lets doorbells fire after so many packets or so many units of time.
pub fn moderate(board: &dyn Device, size: Size, count: u32, time: u32) -> Result<(), DeviceError> {
    for number in 0..size.ports() {
        let word = port_control::MODERATION::COUNT.put(count) | port_control::MODERATION::TIME.put(time);
        board.write(map::port_control(number) + port_control::MODERATION, word)?;
    }
    Ok(())
}

/// Receives for all ports until `deadline` (ns of the device): every packet, with the tick of its receipt.
pub fn receive(board: &Arc<SimBoard>, size: Size, deadline: i64) -> Result<Vec<(u64, Packet)>, DeviceError> {
    let mut received = Vec::new();
    let mut consumed = vec![0u32; size.ports() as usize];
    loop {
        for number in 0..size.ports() {
            let consumed = &mut consumed[number as usize];
            while let Some(packet) = pull_from(board.as_ref(), number)? {
                received.push((board.cycles(), packet));
                *consumed += 1;
            }
            let doorbell =
                port::DOORBELL_INTERRUPT::POSITION.put(*consumed) | port::DOORBELL_INTERRUPT::ARM.put(1);
            board.write(map::port(number) + port::DOORBELL_INTERRUPT, doorbell)?;
        }
        if board.wait(0, deadline)? == Wake::Deadline {
            return Ok(received);
        }
    }
}

/// A board with these options.
pub fn open(options: Options) -> Arc<SimBoard> {
    SimBoard::open(options).expect("the simulated board opens")
}
