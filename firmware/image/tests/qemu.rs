//! The programs on QEMU's machines: they start, speak on the line, report a panic and start again. The block is not there.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portolan_image::{Program, build, packages};
use portolan_proto::{
    Answer, Boot, Cause, End, Event, Failure, Host, LONGEST, Operation, Phase, Refusal, Request,
};

/// A machine, and the host's end of its line.
struct Machine {
    qemu: Child,
    line: ChildStdin,
    bytes: Receiver<u8>,
    begin: Instant,
    host: Host,
}

impl Drop for Machine {
    fn drop(&mut self) {
        _ = self.qemu.kill();
        _ = self.qemu.wait();
    }
}

/// The machine with this program, or `None` after saying why there is none.
fn machine(program: Program) -> Option<Machine> {
    let (emulator, arguments): (_, &[&str]) = match program {
        // The board's line is UART 1, QEMU's second.
        Program::Zynq => ("qemu-system-arm", &["-M", "xilinx-zynq-a9", "-serial", "null"]),
        Program::Soc | Program::Virt => ("qemu-system-riscv32", &["-M", "virt", "-bios", "none"]),
    };
    let prepared = build(program).and_then(|file| Ok((file, packages::emulator(emulator)?)));
    let (file, mut qemu) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let why = format!("no firmware on QEMU: {error}: {:?}", std::error::Error::source(&error));
            assert!(std::env::var_os("PORTOLAN_NO_SKIP").is_none_or(|v| v != "1"), "{why}");
            println!("SKIPPED: {why}");
            return None;
        }
    };
    qemu.args(arguments)
        .args(["-serial", "stdio", "-display", "none", "-monitor", "none", "-kernel"])
        .arg(file);
    let mut qemu = qemu.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("QEMU starts");
    let line = qemu.stdin.take().expect("it is piped");
    let mut output = qemu.stdout.take().expect("it is piped");
    let (sender, bytes) = channel();
    thread::spawn(move || {
        let mut byte = [0];
        while output.read_exact(&mut byte).is_ok() && sender.send(byte[0]).is_ok() {}
    });
    Some(Machine { qemu, line, bytes, begin: Instant::now(), host: Host::new(0x1357) })
}

impl Machine {
    fn now(&self) -> u64 {
        self.begin.elapsed().as_micros() as u64
    }

    /// Sends and takes until something is so; twenty seconds at most.
    fn until<T>(&mut self, what: &str, mut found: impl FnMut(&mut Host, u64) -> Option<T>) -> T {
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            let now = self.now();
            if let Some(found) = found(&mut self.host, now) {
                return found;
            }
            assert!(Instant::now() < limit, "in vain: {what}; {:?}", self.host);
            let mut frame = [0; LONGEST];
            let length = self.host.transmit(now, &mut frame);
            if length > 0 {
                self.line.write_all(&frame[..length]).expect("QEMU takes it");
                self.line.flush().expect("QEMU takes it");
            }
            match self.bytes.recv_timeout(Duration::from_millis(1)) {
                Ok(byte) => {
                    let now = self.now();
                    self.host.receive(byte, now);
                    while let Ok(byte) = self.bytes.try_recv() {
                        self.host.receive(byte, now);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("QEMU has ended"),
            }
        }
    }

    /// A new session; how the firmware has started. A machine that starts takes longer than a host's patience.
    fn greet(&mut self, session: u32) -> Boot {
        self.host = Host::new(session);
        self.until("the session begins", |host, _| match host.phase() {
            Phase::Open(welcome) => Some(welcome.boot),
            Phase::Greeting => None,
            Phase::Ended(end) => {
                assert_eq!(end, End::Silent);
                *host = Host::new(session);
                None
            }
        })
    }

    fn ask(&mut self, operation: Operation) -> Result<Answer, Refusal> {
        assert!(self.host.request(&Request { tag: 9, operation }));
        self.until("the answer comes", |host, now| match host.event(now)? {
            Event::Answer { tag: 9, result } => Some(result),
            other => panic!("{other:?}"),
        })
    }
}

fn starts_speaks_panics_and_starts_again(program: Program) {
    let Some(mut machine) = machine(program) else { return };
    assert_eq!(machine.greet(1), Boot { starts: 1, cause: Cause::Power });
    for _ in 0..50 {
        assert!(matches!(machine.ask(Operation::Counts), Ok(Answer::Counts(counts)) if counts.failed == 0));
    }
    // No block is there.
    assert_eq!(machine.ask(Operation::Read { offset: 0 }), Err(Refusal::Bus));
    assert_eq!(machine.ask(Operation::Ack { line: 0, generation: 0 }), Err(Refusal::Bus));
    let request = Request { tag: 0, operation: Operation::Fail(Failure::Panic) };
    assert!(machine.host.request(&request));
    let end = machine.until("the host finds out", |host, _| match host.phase() {
        Phase::Ended(end) => Some(end),
        _ => None,
    });
    let again = Boot { starts: 2, cause: Cause::Panic };
    assert_eq!(end, End::Restarted(again));
    let words = machine.host.last_words().expect("it has said why");
    assert!(words.message.contains("the host has asked for it"), "{words:?}");
    assert!(words.file.ends_with("server.rs") && words.line > 0, "{words:?}");
    assert_eq!(machine.greet(2), again);
    assert!(machine.ask(Operation::Counts).is_ok());
}

#[test]
fn on_riscv_it_starts_speaks_panics_and_starts_again() {
    starts_speaks_panics_and_starts_again(Program::Virt);
}

#[test]
fn on_a_cortex_a9_it_starts_speaks_panics_and_starts_again() {
    starts_speaks_panics_and_starts_again(Program::Zynq);
}
