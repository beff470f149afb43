//! What every flow does with a tool: files in its folder, and its output to a log and to the progress.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::Error;
use crate::toolbox::Toolbox;
use portolan_packages::Error as Failed;
use portolan_packages::progress::Stage;

pub(crate) fn save(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(Error::io("cannot write", path))
}

pub(crate) fn load(folder: &Path, name: &str) -> Result<Value, Error> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(Error::io("cannot read", &path))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|e| Error::io("cannot parse", &path)(e.into()))
}

/// Runs a tool in `folder`; every line of its output goes to the file `log` and to `each`.
pub(crate) fn watch(
    mut command: Command,
    folder: &Path,
    log: &str,
    mut each: impl FnMut(&str),
) -> Result<(), Error> {
    const TOLD_ON_ERROR: usize = 20;
    let path = folder.join(log);
    let mut file = File::create(&path).map_err(Error::io("cannot create", &path))?;
    let (output, writer) = std::io::pipe().map_err(Error::io("cannot make a pipe for", &path))?;
    let both = writer.try_clone().map_err(Error::io("cannot make a pipe for", &path))?;
    let program = format!("the tool that writes {}", path.display());
    let start = |source| Failed::Start { program: program.clone(), hint: "", source };
    let mut child = command.current_dir(folder).stdout(writer).stderr(both).spawn().map_err(start)?;
    drop(command); // it holds the pipe's other end

    let mut last = VecDeque::with_capacity(TOLD_ON_ERROR);
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).map_err(Error::io("cannot read the output for", &path))? > 0 {
        file.write_all(&line).map_err(Error::io("cannot write", &path))?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        each(&text);
        if last.len() == TOLD_ON_ERROR {
            last.pop_front();
        }
        last.push_back(text);
        line.clear();
    }
    let status = child.wait().map_err(Error::io("cannot wait for the tool of", &path))?;
    if status.success() {
        return Ok(());
    }
    Err(Failed::Failed { program, status, output: Vec::from(last).join("\n") }.into())
}

/// Runs yosys on the script `name` of the folder.
pub(crate) fn synthesise(tools: &Toolbox, folder: &Path, name: &str) -> Result<Duration, Error> {
    let mut yosys = tools.yosys();
    yosys.arg("-s").arg(name);
    let mut stage = Stage::begin("synthesis");
    watch(yosys, folder, "yosys.log", |line| {
        if let Some((_, pass)) = line.split_once(". Executing ") {
            stage.detail(pass);
        }
    })?;
    Ok(stage.done(""))
}

/// Runs nextpnr in the folder, with what `command` already says.
pub(crate) fn place_and_route(command: Command, folder: &Path) -> Result<Duration, Error> {
    let mut stage = Stage::begin("place and route");
    watch(command, folder, "nextpnr.log", |line| stage.detail(line.strip_prefix("Info: ").unwrap_or(line)))?;
    Ok(stage.done(""))
}
