//! `portolan info`: what a board says of itself.

use crate::cli::InfoArgs;
use crate::failure::Failure;

use portolan::BoardInfo;
use portolan_regs as regs;
use serde::Serialize;
use std::io::{self, Write};

/// What is shown: of a board, or of this program when there is none.
#[derive(Serialize)]
struct Info {
    v: u32,
    r#type: &'static str,
    /// The program's version.
    portolan: &'static str,
    /// The device; null without a board.
    board: Option<String>,
    /// The identity register's bytes.
    id: String,
    /// Version of the register map.
    version: String,
    layout_hash: String,
    /// Null without a board, as all that follows.
    clock_hz: Option<u32>,
    lines: Option<u32>,
    ports: Option<u32>,
    interrupt_depth: Option<u32>,
    user_depth: Option<u32>,
    vectors: Option<u32>,
    capabilities: Option<Capabilities>,
}

#[derive(Serialize)]
struct Capabilities {
    pull: bool,
    post: bool,
    rings: bool,
    msix: bool,
    port_stride: u32,
    address_bits: u32,
    ring_slots: u32,
}

/// Runs the command.
pub fn info(args: &InfoArgs) -> Result<(), Failure> {
    let info = match args.board.open()? {
        None => Info::of_program(),
        Some(device) => {
            let board = portolan::Board::open(device).map_err(|error| Failure::Run(error.into()))?;
            Info::of_board(board.info())
        }
    };
    let mut out = io::stdout().lock();
    let written = if args.json {
        let text = serde_json::to_string(&info).map_err(|error| Failure::output(error.into()))?;
        writeln!(out, "{text}")
    } else {
        out.write_all(info.table().as_bytes())
    };
    written.and_then(|()| out.flush()).map_err(Failure::output)
}

impl Info {
    fn of_program() -> Info {
        Info {
            v: 1,
            r#type: "info",
            portolan: env!("CARGO_PKG_VERSION"),
            board: None,
            id: String::from_utf8_lossy(&regs::ID.to_le_bytes()).into_owned(),
            version: format!("{}.{}", regs::VERSION_MAJOR, regs::VERSION_MINOR),
            layout_hash: format!("{:#010x}", regs::LAYOUT_HASH),
            clock_hz: None,
            lines: None,
            ports: None,
            interrupt_depth: None,
            user_depth: None,
            vectors: None,
            capabilities: None,
        }
    }

    /// The driver has checked the identity: an open board has the one that this program expects.
    fn of_board(board: &BoardInfo) -> Info {
        Info {
            board: Some(board.name.clone()),
            version: format!("{}.{}", board.major, board.minor),
            layout_hash: format!("{:#010x}", board.hash),
            clock_hz: Some(board.hertz),
            lines: Some(board.lines),
            ports: Some(board.ports),
            interrupt_depth: Some(board.interrupt_depth),
            user_depth: Some(board.user_depth),
            vectors: Some(board.vectors),
            capabilities: Some(Capabilities {
                pull: board.pull,
                post: board.post,
                rings: board.rings,
                msix: board.msix,
                port_stride: board.stride,
                address_bits: board.address_bits,
                ring_slots: board.ring_slots,
            }),
            ..Info::of_program()
        }
    }

    fn table(&self) -> String {
        let mut rows = vec![("portolan", self.portolan.to_string())];
        let expects = if self.board.is_some() { "" } else { " (what this program expects of a board)" };
        let board = self.board.as_deref().unwrap_or("none: ports and interrupts in software");
        rows.push(("board", board.into()));
        rows.push(("identity", format!("{}{expects}", self.id)));
        rows.push(("register map", format!("{}, layout hash {}", self.version, self.layout_hash)));
        if let Some(hertz) = self.clock_hz {
            let tick = 1e9 / f64::from(hertz);
            rows.push(("clock", format!("{} MHz, {tick} ns a tick", f64::from(hertz) / 1e6)));
        }
        if let (Some(lines), Some(ports)) = (self.lines, self.ports) {
            rows.push(("lines", lines.to_string()));
            rows.push(("ports", format!("{ports} in hardware, port 0 the driver's own")));
        }
        if let (Some(interrupts), Some(user)) = (self.interrupt_depth, self.user_depth) {
            rows.push(("queues", format!("{interrupts} interrupt and {user} user packets per port")));
        }
        if let (Some(capabilities), Some(vectors)) = (&self.capabilities, self.vectors) {
            let Capabilities { pull, post, rings, msix, port_stride, address_bits, ring_slots } =
                capabilities;
            let mut names = Vec::new();
            names.extend(pull.then(|| "packets pulled through port pages".to_string()));
            names.extend(post.then(|| "post window".to_string()));
            names.extend(rings.then(|| {
                format!(
                    "rings in host memory ({address_bits} address bits; {ring_slots} slots a port are used)"
                )
            }));
            let kind = if *msix { "MSI-X" } else { "level" };
            names.push(format!("{vectors} {kind} interrupt{}", if vectors == 1 { "" } else { "s" }));
            rows.push(("capabilities", names.join(", ")));
            rows.push(("port pages", format!("{} KiB apart", port_stride / 1024)));
        }
        rows.iter().map(|(name, value)| format!("{name:<14}{value}\n")).collect()
    }
}
