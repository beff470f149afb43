//! `portolan sim uart`: a program that knows nothing of the simulator reaches the board by the name that is printed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portolan::device::{Device, UartAddress, UartDevice};
use portolan_regs::{ID, bank, control, line, map};
use portolan_sim::uart::Terminal;
use serde_json::{Value, json};

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `portolan devices` says of a serial line.
fn devices(address: &UartAddress) -> Value {
    let place = address.to_string();
    let out = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["devices", "--json", "--no-usb", "--root", "/nowhere", "--serial", &place])
        .output()
        .expect("it starts");
    assert!(out.status.success(), "{out:?}");
    serde_json::from_slice(&out.stdout).expect("one object")
}

#[test]
fn a_serial_line_at_which_nobody_answers_is_told_with_what_to_do() {
    let quiet = Terminal::new().expect("a pseudo-terminal");
    let path = quiet.path();
    let found = devices(&UartAddress { path: path.into(), baud: 115_200 });
    let missing = found["missing"][0].as_str().expect("something is");
    assert_eq!(found["ready"], json!(false));
    assert!(missing.contains(path) && missing.contains("bitstream"), "{missing}");
}

#[test]
fn the_printed_name_leads_to_the_board_and_the_stimulus_begins_with_the_first_line() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["sim", "uart", "--stimulus", "example"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut name = String::new();
    let stdout = child.stdout.take().expect("piped");
    let _running = Running(child);
    BufReader::new(stdout).read_line(&mut name).expect("it prints a line");
    let address = name.trim().parse().expect("it is a name of a serial line");
    let found = devices(&address);
    assert_eq!(
        (&found["board"], &found["bus"], &found["ready"]),
        (&json!(name.trim()), &json!("serial"), &json!(true))
    );
    let device = UartDevice::open(address).expect("the board answers");
    assert_eq!(device.read(control::ID).expect("it is there"), ID);

    let level = || device.read(bank::AREA.base + bank::LEVEL).expect("it is there");
    let initial = level();
    // The text and the button are high at rest (see the example).
    assert_eq!(initial, 0b10_0001);
    let bind = line::BIND::BIND.put(1) | line::BIND::GENERATION.put(1);
    device.write(map::line(0) + line::BIND, bind).expect("it is there");
    let limit = Instant::now() + Duration::from_secs(60);
    while level() == initial {
        assert!(Instant::now() < limit, "nothing moves on the lines");
    }
}

#[test]
fn a_stimulus_that_cannot_be_read_is_an_error_of_the_input() {
    let out = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["sim", "uart", "--stimulus", "no-such-file.sr"])
        .output()
        .expect("it starts");
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("no-such-file.sr"));
    assert!(out.stdout.is_empty());
}
