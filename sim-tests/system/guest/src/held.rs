//! A second opener is told who has the board.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use portolan::device::OpenError;
use serde_json::json;

use crate::board::BoardArgs;

/// Opens the board, says so, and keeps it until stdin ends.
pub fn hold(args: &BoardArgs) -> Result<()> {
    let _device = args.device()?;
    println!("held");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Has another process hold the board, and opens it.
pub fn run(args: &BoardArgs) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("hold").arg(&args.board).args(args.allow_noiommu.then_some("--allow-noiommu"));
    let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(holder.stdout.take().context("its stdout")?).read_line(&mut line)?;
    ensure!(line == "held\n", "the other process could not open it");
    let outcome = args.device();
    drop(holder.stdin.take());
    let pid = holder.id();
    ensure!(holder.wait()?.success(), "the other process failed");
    let error = match outcome {
        Ok(_) => bail!("it could be opened twice"),
        Err(error) => error,
    };
    let is_held = matches!(error.downcast_ref(), Some(OpenError::Held { .. }));
    let text = error.to_string();
    ensure!(is_held && text.contains(&format!("process {pid} ")), "told instead of process {pid}: {text}");
    args.device().context("opening it when the other process has gone")?;
    println!("{}", json!({ "told": text }));
    Ok(())
}
