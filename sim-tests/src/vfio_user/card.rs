//! The card as a VFIO client sees it: regions, interrupts, memory, resets; the Verilated top behind them.
//!
//! What configuration space says is what the block is told: bus mastering, payload size, MSI-X, Function Level Reset. A
//! client is told of MSI-X vectors by eventfds, and nobody but this root complex programs the table: an address of its own
//! for every vector somebody is told of, and the mask bit for the others. So table, mask and pending bits are the RTL's, and
//! what the RTL writes to such an address becomes the eventfd's signal.
//!
//! Leaves to others: messages ([`super::session`]) and sockets ([`super::server`]).

use std::os::fd::OwnedFd;
use std::sync::Arc;

use parking_lot::Mutex;
use portolan::device::vfio_user::protocol::{DmaMap, DmaUnmap, IrqInfo, IrqSet, RegionInfo, dma};
use portolan_regs::pci::{self, command, config, msix};
use portolan_regs::{RING_ALIGNMENT, line};
use rustix::io::Errno;
use vfio_bindings::bindings::vfio as v;

use super::bar;
use super::config::ConfigSpace;
use super::dma::Files;
use super::interrupts::{Arming, Interrupts};
use crate::board::SimBoard;
use crate::door::Door;
use crate::error::SimError;
use crate::pcie::root::Root;
use crate::sim::Sim;
use crate::stimulus::Stimulus;

/// Cycles of a Function Level Reset, and until the block takes requests again on both of its clocks.
const RESET_CYCLES: u64 = 64;
const RESTART_CYCLES: u64 = 4_000;
/// Most regions that a client may map at once (`max_dma_maps`, its default).
const MOST_MAPS: usize = 65_535;

/// What was done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accesses to BAR 0 that reached the block.
    pub accesses: u64,
    /// TLPs that were sent to the block for them; 0 on AXI.
    pub tlps: u64,
    /// Accesses to BAR 0 that found the function asleep, or its memory space off.
    pub unsupported: u64,
    /// Messages of MSI-X vectors, and assertions of INTx.
    pub interrupts: u64,
    /// Writes of the block where there is no memory.
    pub refused: u64,
    /// Resets by a client, or because one was gone.
    pub resets: u64,
}

/// What the thread that moves time and the one that serves a client share.
struct Told {
    interrupts: Interrupts,
    /// INTx is asserted.
    asserted: bool,
    count: u64,
    refused: u64,
}

/// The card.
pub struct Card {
    board: Arc<SimBoard>,
    config: ConfigSpace,
    vectors: usize,
    told: Arc<Mutex<Told>>,
    files: Files,
    /// Starts when the first line is armed.
    stimulus: Option<Box<dyn Stimulus>>,
    counts: Counts,
    /// What the block did wrong.
    failure: Option<SimError>,
}

impl Card {
    /// A card of this board, whose time must go by itself; with what happens on its pins from the moment at which the
    /// first line is armed.
    pub fn new(board: Arc<SimBoard>, stimulus: Option<Box<dyn Stimulus>>) -> Result<Card, SimError> {
        let vectors = board.act(|sim| sim.door().root().map(|root| root.vectors()));
        let told =
            Told { interrupts: Interrupts::new(vectors.unwrap_or(0)), asserted: false, count: 0, refused: 0 };
        let told = Arc::new(Mutex::new(told));
        let watched = told.clone();
        board.watch(Box::new(move |sim| watch(sim.door(), &mut watched.lock())));
        let mut card = Card {
            board,
            config: ConfigSpace::new(vectors.map(|vectors| vectors as u16)),
            vectors: vectors.unwrap_or(0),
            told,
            files: Files::default(),
            stimulus,
            counts: Counts::default(),
            failure: None,
        };
        card.restart()?;
        Ok(card)
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        let told = self.told.lock();
        Counts { interrupts: told.count, refused: told.refused, ..self.counts }
    }

    /// What a region is; EINVAL for one that there is not.
    pub fn region(&self, index: u32) -> Result<RegionInfo, Errno> {
        let size = match index {
            v::VFIO_PCI_BAR0_REGION_INDEX => pci::BAR_BYTES.into(),
            v::VFIO_PCI_CONFIG_REGION_INDEX => config::BYTES,
            _ if index < v::VFIO_PCI_NUM_REGIONS => 0,
            _ => return Err(Errno::INVAL),
        };
        let flags =
            if size == 0 { 0 } else { v::VFIO_REGION_INFO_FLAG_READ | v::VFIO_REGION_INFO_FLAG_WRITE };
        Ok(RegionInfo { flags, index, size, offset: 0 })
    }

    /// What an interrupt index is; EINVAL for one that there is not.
    pub fn irq(&self, index: u32) -> Result<IrqInfo, Errno> {
        self.told.lock().interrupts.info(index).ok_or(Errno::INVAL)
    }

    /// Reads a region; EINVAL beyond its end, EIO when the block failed.
    pub fn read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> Result<(), Errno> {
        match self.place(region, offset, data.len())? {
            v::VFIO_PCI_CONFIG_REGION_INDEX => {
                let asserted = self.board.act(|sim| {
                    let pcie = sim.door().root().map(|root| root.outputs.interrupt_status != 0);
                    pcie.unwrap_or_else(|| sim.irq() != 0)
                });
                self.config.set_interrupt_status(asserted);
                data.copy_from_slice(self.config.read(offset, data.len()).ok_or(Errno::INVAL)?);
                Ok(())
            }
            _ => self.read_bar(offset as u32, data),
        }
    }

    /// Writes a region; errors as those of [`Card::read`].
    pub fn write(&mut self, region: u32, offset: u64, data: &[u8]) -> Result<(), Errno> {
        match self.place(region, offset, data.len())? {
            v::VFIO_PCI_CONFIG_REGION_INDEX => {
                if self.config.write(offset, data).ok_or(Errno::INVAL)? {
                    return self.reset();
                }
                let result = self.configure();
                self.outcome(result)
            }
            _ => self.write_bar(offset as u32, data),
        }
    }

    /// The region, if so many bytes are there.
    fn place(&self, region: u32, offset: u64, bytes: usize) -> Result<u32, Errno> {
        let end = offset.checked_add(bytes as u64).ok_or(Errno::INVAL)?;
        if end <= self.region(region)?.size { Ok(region) } else { Err(Errno::INVAL) }
    }

    fn read_bar(&mut self, offset: u32, data: &mut [u8]) -> Result<(), Errno> {
        if !self.config.answers_memory() {
            data.fill(0xff);
            self.refuse(false, offset, data.len());
            return Ok(());
        }
        let Card { board, counts, .. } = self;
        let result = board.act(|sim| {
            let (widest, before) = (bar::widest(sim), sent(sim));
            for (at, bytes) in bar::accesses(offset, data.len(), widest) {
                counts.accesses += 1;
                bar::read(sim, at, &mut data[(at - offset) as usize..][..bytes])?;
            }
            counts.tlps += sent(sim) - before;
            Ok(())
        });
        self.outcome(result)
    }

    fn write_bar(&mut self, offset: u32, data: &[u8]) -> Result<(), Errno> {
        if !self.config.answers_memory() {
            self.refuse(true, offset, data.len());
            return Ok(());
        }
        let Card { board, counts, stimulus, .. } = self;
        let result = board.act(|sim| {
            let (widest, before) = (bar::widest(sim), sent(sim));
            for (at, bytes) in bar::accesses(offset, data.len(), widest) {
                counts.accesses += 1;
                let data = &data[(at - offset) as usize..][..bytes];
                bar::write(sim, at, data)?;
                if arms(at, data)
                    && let Some(stimulus) = stimulus.take()
                {
                    sim.start(stimulus)?;
                }
            }
            counts.tlps += sent(sim) - before;
            Ok(())
        });
        self.outcome(result)
    }

    /// The function does not answer.
    fn refuse(&mut self, posted: bool, offset: u32, bytes: usize) {
        self.counts.unsupported += bar::accesses(offset, bytes, 8).count() as u64;
        self.config.note_unsupported(posted);
    }

    /// SET_IRQS; EINVAL for what makes no sense.
    pub fn set_irqs(&mut self, set: IrqSet, data: &[u8], files: Vec<OwnedFd>) -> Result<(), Errno> {
        let armings = self.told.lock().interrupts.set(set, data, files)?;
        if armings.is_empty() {
            return Ok(());
        }
        let result = self.arm(&armings).and_then(|()| self.configure());
        self.outcome(result)
    }

    /// Programs the table, and waits until it holds.
    fn arm(&self, armings: &[Arming]) -> Result<(), SimError> {
        self.board.act(|sim| {
            for Arming { vector, armed } in armings {
                let Some(root) = sim.door().root() else { return Ok(()) };
                match armed {
                    true => root.set_vector(*vector, Root::made_up(*vector))?,
                    false => root.mask_vector(*vector, true)?,
                }
            }
            bar::flush(sim).map(drop)
        })
    }

    /// Tells the block what configuration space says. A vector that somebody is told of counts as MSI-X switched on: a
    /// kernel's VFIO does that when it is asked for vectors.
    fn configure(&mut self) -> Result<(), SimError> {
        let told = self.told.lock();
        let armed = (0..self.vectors).any(|vector| told.interrupts.is_armed(vector));
        drop(told);
        let (control, awake) = (self.config.msix_control(), self.config.is_awake());
        let masters = if awake { !0 } else { !command::BUS_MASTER };
        let (command, device_control) = (self.config.command() & masters, self.config.device_control());
        self.board.act(|sim| {
            let Some(root) = sim.door().root() else { return Ok(()) };
            root.inputs.command = command;
            root.inputs.device_control = device_control;
            root.inputs.msix_enable = (armed || control & msix::ENABLE != 0).into();
            root.inputs.msix_mask = (control & msix::MASK != 0).into();
            // Some clocks, after which all of it is known on the core's side.
            (0..8).try_for_each(|_| sim.cycle())
        })
    }

    /// Resets the function: by VFIO_DEVICE_RESET, or by its own bit. Vectors stay armed, and memory stays mapped.
    pub fn reset(&mut self) -> Result<(), Errno> {
        self.counts.resets += 1;
        let result = self.restart();
        self.outcome(result)
    }

    fn restart(&mut self) -> Result<(), SimError> {
        self.config = ConfigSpace::new((self.vectors > 0).then_some(self.vectors as u16));
        self.board.act(|sim| {
            if let Some(root) = sim.door().root() {
                root.inputs.command = 0;
                root.inputs.msix_enable = 0;
                root.records_faults = true;
            }
            sim.reset(RESET_CYCLES)?;
            (0..RESTART_CYCLES).try_for_each(|_| sim.cycle())
        })?;
        let told = self.told.lock();
        let armed = (0..self.vectors).filter(|vector| told.interrupts.is_armed(*vector));
        let armings: Vec<_> = armed.map(|vector| Arming { vector, armed: true }).collect();
        drop(told);
        self.arm(&armings)?;
        self.configure()
    }

    /// Lets the block reach a client's memory. EINVAL for places that are none, EEXIST where there is some already, ENOSPC
    /// for too many. What comes without a file, or may not be written, is known and refuses writes.
    pub fn map(&mut self, map: DmaMap, file: Option<OwnedFd>) -> Result<(), Errno> {
        let DmaMap { flags, offset, address, size } = map;
        let whole = |value: u64| value.is_multiple_of(RING_ALIGNMENT);
        let end = address.checked_add(size);
        if size == 0 || end.is_none() || !(whole(address) && whole(size) && whole(offset)) {
            return Err(Errno::INVAL);
        }
        let pages = match file.filter(|_| flags & dma::WRITEABLE != 0) {
            Some(file) => Some(self.files.pages(file, offset, size)?),
            None => None,
        };
        self.board.act(|sim| {
            let Some(host) = sim.door().host_memory() else { return Ok(()) };
            if host.regions() >= MOST_MAPS {
                return Err(Errno::NOSPC);
            }
            let mapped = match pages {
                Some(pages) => host.map_shared(address, pages, offset, size),
                None => host.map_closed(address, size),
            };
            mapped.map_err(|_| Errno::EXIST)
        })
    }

    /// Takes a client's memory back: all that lies between two addresses, which may be nothing. EINVAL for a piece of
    /// what was mapped as one. The block does not write there any more.
    pub fn unmap(&mut self, unmap: DmaUnmap) -> Result<(), Errno> {
        let DmaUnmap { address, size } = unmap;
        let end = address.checked_add(size).ok_or(Errno::INVAL)?;
        let host = |sim: &mut Sim<dyn Door>| {
            sim.door().host_memory().map_or(Ok(()), |host| host.unmap_all(address..end))
        };
        self.board.act(host).map_err(|_| Errno::INVAL)
    }

    /// Takes all of a client's memory back.
    pub fn unmap_all(&mut self) {
        self.board.act(|sim| {
            if let Some(host) = sim.door().host_memory() {
                host.clear();
            }
        });
    }

    /// The client is gone: nothing of it is kept, and the function is reset, so that nothing is written where the next
    /// client's memory will be.
    pub fn forget(&mut self) {
        self.told.lock().interrupts.forget();
        self.unmap_all();
        // If the block has failed, the next client is told.
        let _ = self.reset();
    }

    /// Asks the client to let the card go.
    pub fn request(&self) {
        self.told.lock().interrupts.request();
    }

    /// EIO when the block has failed, of which the client is told by VFIO's error interrupt, too.
    fn outcome(&mut self, result: Result<(), SimError>) -> Result<(), Errno> {
        let fault = self.board.failure();
        match result.err().or(fault) {
            None => Ok(()),
            Some(error) => {
                if self.failure.is_none() {
                    self.told.lock().interrupts.error();
                    self.failure = Some(error);
                }
                Err(Errno::IO)
            }
        }
    }

    /// What the block did wrong, if it has failed.
    pub fn failure(&self) -> Option<&SimError> {
        self.failure.as_ref()
    }
}

/// Called by whoever moves time: interrupts become signals.
fn watch(door: &mut dyn Door, told: &mut Told) {
    let irq = door.irq();
    let messages = door.root().is_some_and(|root| root.inputs.msix_enable != 0);
    if messages {
        for vector in (0..64).filter(|vector| irq >> vector & 1 != 0) {
            door.take_irq(vector);
            told.interrupts.message(vector as usize);
            told.count += 1;
        }
    }
    let asserted = !messages && irq & 1 != 0;
    told.count += u64::from(asserted && !told.asserted);
    told.asserted = asserted;
    told.interrupts.level(asserted);
    if let Some(root) = door.root() {
        told.refused += std::mem::take(&mut root.faults).len() as u64;
    }
}

/// TLPs that were sent to the block so far.
fn sent(sim: &mut Sim<dyn Door>) -> u64 {
    sim.door().root().map_or(0, |root| root.sent())
}

/// Whether this access arms a line: binds it.
fn arms(offset: u32, data: &[u8]) -> bool {
    let lines = line::AREA.base..line::AREA.base + line::AREA.copies * line::AREA.stride;
    let (words, _) = data.as_chunks();
    (offset..).step_by(4).zip(words).any(|(at, word)| {
        lines.contains(&at)
            && (at - line::AREA.base) % line::AREA.stride == line::BIND
            && line::BIND::BIND.get(u32::from_le_bytes(*word)) != 0
    })
}
