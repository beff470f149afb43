//! The PCIe top with lines and rings, from the host's side, without the driver.

use portolan_regs::{control, line, map, port_control};
use portolan_sim::Size;
use portolan_sim::pcie::root::{Link, Root};
use portolan_sim::raw::Counters;
use portolan_sim::ring::Ring;

/// Where the ring of a port lies.
pub fn ring(port: u32, user: bool, size: u32, next: u32) -> Ring {
    // Half of them below 4 GiB, half above.
    let base = if port.is_multiple_of(2) { 0x2000_0000 } else { 0x12_3400_0000 };
    Ring { port, user, base: base + 0x40_0000 * u64::from(2 * port + u32::from(user)), size, next }
}

/// The top, and what the host does with it. A broken rule of PCI Express ends the test.
pub struct Board {
    pub root: Root,
    pub size: Size,
}

impl Board {
    /// Powers it up.
    pub fn open(size: Size, link: Link, seed: u64) -> Board {
        Board { root: Root::open(size, link, seed).expect("the top comes up"), size }
    }

    /// One whose lines listen to both edges, line by line to port line % ports.
    pub fn listening(size: Size, link: Link, seed: u64) -> Board {
        let mut board = Board::open(size, link, seed);
        board.listen();
        board
    }

    /// Configures and binds every line.
    pub fn listen(&mut self) {
        self.listen_by(self.size.ports());
    }

    /// The same, to the first so many ports alone.
    pub fn listen_by(&mut self, ports: u32) {
        for number in 0..self.size.lines() {
            let config = line::CONFIG::MODE.put(portolan_regs::mode::BOTH)
                | line::CONFIG::STREAM.put(1)
                | line::CONFIG::UNMASK.put(1);
            let bind = line::BIND::PORT.put(number % ports)
                | line::BIND::BIND.put(1)
                | line::BIND::GENERATION.put(1);
            self.write(map::line(number) + line::CONFIG, config);
            self.write(map::line(number) + line::BIND, bind);
        }
        self.flush();
    }

    #[track_caller]
    pub fn write(&mut self, offset: u32, word: u32) {
        self.root.write(offset, &[word]).expect("a write");
    }

    #[track_caller]
    pub fn read(&mut self, offset: u32) -> u32 {
        self.root.read_register(offset).expect("a read")
    }

    /// Every write has been carried out.
    #[track_caller]
    pub fn flush(&mut self) {
        self.read(control::ID);
    }

    #[track_caller]
    pub fn run(&mut self, clocks: u64) {
        self.root.run(clocks).expect("no rule is broken");
    }

    /// Runs until this holds; panics when it takes longer than so many clocks.
    #[track_caller]
    pub fn until(&mut self, clocks: u64, what: &str, mut holds: impl FnMut(&mut Board) -> bool) {
        let end = self.root.user_clocks() + clocks;
        while !holds(self) {
            assert!(self.root.user_clocks() < end, "not within {clocks} clocks: {what}");
            self.run(1);
        }
    }

    /// Enables a ring in fresh memory.
    #[track_caller]
    pub fn enable(&mut self, ring: Ring) -> Ring {
        self.root.memory.map(ring.base, ring.bytes());
        self.configure(ring);
        let status = self.read(ring.status_offset());
        assert_eq!(port_control::RING_STATUS::ENABLED.get(status), 1, "{status:#x}");
        ring
    }

    /// Enables a ring in whatever memory there is.
    pub fn configure(&mut self, ring: Ring) {
        for (offset, word) in ring.enabling() {
            self.write(offset, word);
        }
    }

    /// Enables the interrupt ring of every port.
    pub fn enable_all(&mut self, log: u32) -> Vec<Ring> {
        (0..self.size.ports()).map(|port| self.enable(ring(port, false, log, 0xffff_fff0 + port))).collect()
    }

    /// Writes a ring's doorbell.
    pub fn doorbell(&mut self, ring: &Ring, arm: bool) {
        let (offset, word) = ring.ringing(arm);
        self.write(offset, word);
    }

    /// Takes all slots that are there.
    pub fn take_all(&mut self, ring: &mut Ring) -> Vec<Vec<u32>> {
        std::iter::from_fn(|| ring.take_in(&self.root.memory)).collect()
    }

    /// Turns the pin of a line.
    pub fn toggle(&mut self, line: u32) {
        self.root.inputs.lines ^= 1 << line;
    }

    /// Posts a user packet.
    pub fn post(&mut self, port: u32, word: u32) {
        self.root.write(map::port(port) + portolan_regs::port::POST, &[word; 12]).expect("a write");
    }

    /// STATUS.ERROR.
    pub fn has_error(&mut self) -> bool {
        control::STATUS::ERROR.get(self.read(control::STATUS)) != 0
    }

    /// The counters of a line, all of one moment.
    pub fn counters(&mut self, line: u32) -> Counters {
        self.write(control::SNAPSHOT, line);
        let first = control::SNAPSHOT_STATE;
        let words = self.root.read(first, ((control::REJECTED - first) / 4 + 1) as u16).expect("a read");
        let narrow = |offset: u32| words[((offset - first) / 4) as usize];
        let wide = |offset: u32| u64::from(narrow(offset)) | u64::from(narrow(offset + 4)) << 32;
        Counters {
            edges: wide(control::EDGES),
            delivered: wide(control::DELIVERED),
            coalesced: wide(control::COALESCED),
            lost: wide(control::LOST),
            discarded: wide(control::DISCARDED),
            undelivered: control::UNDELIVERED::EDGES.get(narrow(control::UNDELIVERED)).into(),
            gaps: control::UNDELIVERED::GAPS.get(narrow(control::UNDELIVERED)),
            rejected: narrow(control::REJECTED),
            state: narrow(control::SNAPSHOT_STATE),
            binding: narrow(control::SNAPSHOT_BINDING),
        }
    }
}
