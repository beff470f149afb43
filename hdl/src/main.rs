//! `portolan-hdl`: the RTL as files.

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use portolan_hdl::emit::{self, Rates, Size};
use portolan_hdl::uart::clocks_per_bit;
use portolan_regs::uart::BAUD;

/// Portolan's RTL as files that a design can use.
#[derive(Parser)]
#[command(name = "portolan-hdl")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the Verilog of a top, with what a design needs to use it.
    #[command(after_help = "Writes the Verilog, an instantiation template, constraints (XDC), a FuseSoC \
        core file and the register map.\n\nExample:\n  \
        cargo run -p portolan-hdl -- emit --top axi --lines 64 --ports 4 -o build/rtl")]
    Emit {
        /// What surrounds the block.
        #[arg(long, value_enum, default_value = "axi")]
        top: Top,
        /// Interrupt lines.
        #[arg(long, default_value_t = Size::DEFAULT.lines())]
        lines: u32,
        /// Ports.
        #[arg(long, default_value_t = Size::DEFAULT.ports())]
        ports: u32,
        /// Ticks per second of the clock that the block will get; the driver reads it from CAP_CLOCK.
        #[arg(long, value_name = "HZ", default_value_t = emit::HERTZ)]
        clock: u32,
        /// Bits per second of the serial line, of the top `uart` alone.
        #[arg(long, value_name = "RATE", default_value_t = BAUD)]
        baud: u32,
        /// Folder for the files; made if it is not there.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Print the register map as Markdown; docs/registers.md is this text.
    Registers,
}

#[derive(Clone, Copy, ValueEnum)]
enum Top {
    /// AXI4-Lite slave, module portolan_axi.
    Axi,
    /// The same, and an AXI master that writes rings into host memory, module portolan_axi_rings.
    AxiRings,
    /// On a Zynq-7000: AXI3 slave for PS7's GP0, AXI3 master for a HP port or the ACP, module portolan_zynq.
    Zynq,
    /// Beside a 7-series integrated block for PCI Express, module portolan_pcie (docs/pcie.md).
    Pcie,
    /// Behind a serial line, module portolan_uart (docs/uart.md).
    Uart,
}

impl From<Top> for emit::Top {
    fn from(top: Top) -> emit::Top {
        match top {
            Top::Axi => emit::Top::Axi,
            Top::AxiRings => emit::Top::AxiRings,
            Top::Zynq => emit::Top::Zynq,
            Top::Pcie => emit::Top::Pcie,
            Top::Uart => emit::Top::Uart,
        }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portolan-hdl: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Emit { top, lines, ports, clock, baud, output } => {
            let size = Size::new(lines, ports)?;
            let top = emit::Top::from(top);
            if top == emit::Top::Uart {
                clocks_per_bit(clock, baud)?;
            }
            write(&output, &emit::package(top, size, Rates { hertz: clock, baud }))?;
            println!("{} ({size}): {}", top.name(), output.display());
        }
        Command::Registers => print!("{}", portolan_regs::Markdown),
    }
    Ok(())
}

fn write(folder: &Path, files: &[emit::File]) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    for file in files {
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
