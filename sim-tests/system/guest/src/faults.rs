//! A board that is struck amid traffic: whoever waits is told in bounded time, and it can be opened again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use portolan::{Board, Deadline, Status};
use serde_json::json;

use crate::board::{BoardArgs, Bound, Counted};

/// Within this whoever waits is told.
const LIMIT: Duration = Duration::from_secs(1);
/// So many packets come before the blow.
const BEFORE: u32 = 200;

/// Resets the board.
pub fn reset(args: &BoardArgs) -> Result<()> {
    strike(args, |device| {
        use portolan::device::Device;
        ensure!(device.reset()?, "this device has no reset");
        Ok(())
    })
}

/// Takes the rings' memory.
pub fn unmap(args: &BoardArgs) -> Result<()> {
    strike(args, |device| {
        ensure!(device.unshare_all() > 0, "the board has no memory");
        Ok(())
    })
}

fn strike(args: &BoardArgs, blow: impl FnOnce(&Counted) -> Result<()>) -> Result<()> {
    let device = args.device()?;
    let board = Board::open(device.clone())?;
    let bound = Bound::new(&board)?;
    let ended = AtomicBool::new(false);
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            let lines = board.info().lines;
            let mut line = 0;
            while !ended.load(Ordering::Relaxed) && board.fire(line).is_ok() {
                line = (line + 1) % lines;
            }
        });
        let told = (|| {
            for _ in 0..BEFORE {
                bound.port.wait(board.deadline_after(LIMIT)).context("traffic before the blow")?;
            }
            blow(&device)?;
            let struck = Instant::now();
            loop {
                match bound.port.wait(board.deadline_after(2 * LIMIT)) {
                    Ok(_) if struck.elapsed() < LIMIT => {}
                    Ok(_) => bail!("packets go on coming"),
                    Err(Status::IO) => return Ok(struck.elapsed()),
                    Err(status) => bail!("the waiter was told {status} after {:?}", struck.elapsed()),
                }
            }
        })();
        ended.store(true, Ordering::Relaxed);
        told
    })?;
    let reason = board.obituary().unwrap_or_default().to_owned();
    ensure!(told <= LIMIT, "the waiter was told after {told:?}");
    drop((bound, board));

    // And all is well again.
    let board = Board::open(device).context("opening it again")?;
    let bound = Bound::new(&board)?;
    board.fire(3).context("firing a line")?;
    let packet = bound.port.wait(board.deadline_after(LIMIT)).context("its packet")?;
    ensure!(packet.key() == 3, "a packet of line {}", packet.key());
    ensure!(bound.port.wait(Deadline::from_nanos(0)) == Err(Status::TIMED_OUT), "there is one packet");
    println!("{}", json!({ "told_after_ms": told.as_secs_f64() * 1e3, "reason": reason }));
    Ok(())
}
