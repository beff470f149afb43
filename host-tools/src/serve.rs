//! `portolan sim serve`: the simulated board on a vfio-user socket, for a guest's kernel or another program.

use crate::capture::{self, Source};
use crate::cli::{ServeArgs, ServedTop};
use crate::failure::Failure;
use crate::pins::{Clock, Edges, Survey};
use crate::{player, simulator, stop, wiring};
use anyhow::anyhow;
use portolan_sim::vfio_user::{Counts, Server};
use portolan_sim::{Options, Pace, SimBoard, Stimulus, Top};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often is looked whether the user wants no more.
const LOOK: Duration = Duration::from_millis(50);

/// What is told, as JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told<'a> {
    /// Clients may come.
    Serving {
        v: u32,
        board: &'static str,
        socket: &'a str,
        /// QEMU's arguments.
        qemu: Vec<String>,
    },
    /// The end.
    Summary {
        v: u32,
        clients: u64,
        accesses: u64,
        tlps: u64,
        unsupported: u64,
        interrupts: u64,
        refused_writes: u64,
        resets: u64,
        /// Ticks of the board's clock.
        ticks: u64,
    },
}

/// Runs the command.
pub fn serve(args: &ServeArgs) -> Result<(), Failure> {
    // QEMU is told the path as JSON, and splits its arguments at commas, which double ones keep.
    let path = args.socket.to_str().ok_or_else(|| {
        Failure::Input(anyhow!("{} is not UTF-8; take another path", args.socket.display()))
    })?;
    let top = match args.top {
        ServedTop::Pcie => Top::Pcie,
        ServedTop::Axi => Top::Axi,
        ServedTop::AxiRings => Top::AxiRings,
    };
    let (initial_pins, stimulus) = stimulus(args)?;
    let options = Options { top, pace: Pace::RealTime, initial_pins, ..Options::default() };
    let board = SimBoard::open(options).map_err(|error| Failure::Run(error.into()))?;
    stop::listen()?;
    let server = Server::start(&args.socket, board, stimulus).map_err(|error| Failure::Run(error.into()))?;
    begin(args.json, top, path)?;
    while !stop::requested() {
        player::check(server.board())?;
        if let Some(failure) = server.failure() {
            return Err(Failure::Run(anyhow!("the simulated board has failed: {failure}")));
        }
        thread::sleep(LOOK);
    }
    end(args.json, &server)
}

/// The levels on the pins before, and what happens on them then.
fn stimulus(args: &ServeArgs) -> Result<(u64, Option<Box<dyn Stimulus>>), Failure> {
    let Some(file) = &args.stimulus else { return Ok((0, None)) };
    let capture = capture::open(Source::file(file), args.samplerate)?;
    let wires = wiring::wires(capture.channels(), &args.maps, args.only_mapped, simulator::LINES)?;
    let clock = Clock::new(&*capture, simulator::HERTZ);
    let survey = Survey::take(&*capture, &wires, Edges::Both, &clock)?;
    Ok((survey.initial, Some(Box::new(player::stimulus(&*capture, &wires, &clock)?))))
}

/// QEMU's arguments that attach the socket to a guest. Its memory is a file, which the board maps.
fn qemu(path: &Path) -> Result<Vec<String>, Failure> {
    // QEMU takes a relative path from its own folder.
    let path = std::path::absolute(path).map_err(|error| Failure::Run(error.into()))?;
    let device = serde_json::json!({
        "driver": "vfio-user-pci",
        "socket": { "path": path, "type": "unix" },
    });
    let memory = "memory-backend-memfd,id=mem0,size=512M,share=on";
    let device = device.to_string();
    Ok(["-m", "512M", "-object", memory, "-machine", "memory-backend=mem0", "-device", &device]
        .map(str::to_owned)
        .to_vec())
}

fn begin(json: bool, top: Top, path: &str) -> Result<(), Failure> {
    let qemu = qemu(Path::new(path))?;
    let text = if json {
        line(&Told::Serving { v: 1, board: top.name(), socket: path, qemu })?
    } else {
        let quoted: Vec<String> = qemu.iter().map(|argument| quoted(argument)).collect();
        format!(
            "{top} is served at {path}; Ctrl-C ends it\n\n\
             In a guest (QEMU 10.1 or newer; -machine may say more, such as q35):\n  qemu-system-x86_64 {}\n\n\
             Without one:\n  portolan info --board {}\n",
            quoted.join(" "),
            self::quoted(&format!("vfio-user:{path}")),
        )
    };
    output(&text)
}

fn end(json: bool, server: &Server) -> Result<(), Failure> {
    let Counts { accesses, tlps, unsupported, interrupts, refused, resets } = server.counts();
    let (clients, ticks) = (server.clients(), server.board().cycles());
    let text = if json {
        let refused_writes = refused;
        line(&Told::Summary {
            v: 1,
            clients,
            accesses,
            tlps,
            unsupported,
            interrupts,
            refused_writes,
            resets,
            ticks,
        })?
    } else {
        let rows = [
            ("clients", clients.to_string()),
            (
                "register accesses",
                format!("{accesses}, by {tlps} TLPs; {unsupported} found the function off"),
            ),
            ("interrupts", interrupts.to_string()),
            ("refused writes", format!("{refused}, to memory that no client had shared")),
            ("resets", resets.to_string()),
            ("ticks", ticks.to_string()),
        ];
        rows.iter().map(|(name, value)| format!("{name:<19}{value}\n")).collect()
    };
    output(&text)
}

fn line(told: &Told<'_>) -> Result<String, Failure> {
    let text = serde_json::to_string(told).map_err(|error| Failure::output(error.into()))?;
    Ok(text + "\n")
}

fn output(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::output)
}

/// As a shell takes it for one argument.
fn quoted(argument: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=,./:".contains(&byte);
    if argument.bytes().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_for_a_shell_is_one_argument_each() {
        assert_eq!(quoted("-m"), "-m");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        let arguments = qemu(Path::new("/tmp/a b.sock")).expect("a path");
        assert_eq!(
            quoted(&arguments[7]),
            r#"'{"driver":"vfio-user-pci","socket":{"path":"/tmp/a b.sock","type":"unix"}}'"#
        );
    }
}
