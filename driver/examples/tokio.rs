//! A port among tokio's tasks: interrupts of a device and commands of a program come in on one queue, and a
//! time limit goes around it.
//!
//! ```text
//! cargo run -p portolan --features tokio --example tokio
//! ```
//!
//! The interrupt is a virtual one, which a thread triggers in place of a device; with a board it would be
//! `Interrupt::line(&board, 3, LineConfig::default())`, and nothing else would change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portolan::{Contents, Interrupt, Packet, Port, PortOptions, Status};

const DEVICE: u64 = 1;
const STOP: u64 = 2;

/// Serves the port until it is told to stop: how many interrupts there were.
async fn serve(port: &Port, interrupt: &Interrupt) -> Result<usize, Status> {
    let mut interrupts = 0;
    loop {
        let packet = port.next().await?;
        match (packet.key(), packet.contents()) {
            (DEVICE, Contents::Interrupt { timestamp }) => {
                interrupts += 1;
                println!("interrupt {interrupts}, stamped {timestamp}");
                interrupt.ack()?;
            }
            (STOP, Contents::User(_)) => return Ok(interrupts),
            _ => println!("not expected: {packet:?}"),
        }
    }
}

/// Public so that a test can run it.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
    let interrupt = Arc::new(Interrupt::virtual_interrupt());
    interrupt.bind(&port, DEVICE)?;

    let device = std::thread::spawn({
        let (port, interrupt) = (port.clone(), interrupt.clone());
        move || -> Result<(), Status> {
            let begun = Instant::now();
            for _ in 0..5 {
                std::thread::sleep(Duration::from_millis(2));
                interrupt.trigger(begun.elapsed().as_nanos() as i64)?;
            }
            port.queue(&Packet::user(STOP, 0, [0; 32]))
        }
    });

    let limit = Duration::from_secs(10);
    let interrupts = tokio::time::timeout(limit, serve(&port, &interrupt)).await??;
    device.join().expect("the device does not panic")?;
    println!("{interrupts} interrupts");
    Ok(())
}
