//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use tradestat::cli::Cli;
use tradestat::progress::{Event, JsonLines, Listen, Quiet, Terminal};

// The system's allocator keeps the pages of freed row groups; with this one the memory of the
// largest months is bounded, and they take less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_json = cli.json;
    let listener: Box<dyn Listen> = if cli.json {
        Box::new(JsonLines)
    } else if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        Box::new(Terminal::default())
    } else {
        Box::new(Quiet)
    };
    match tradestat::command::execute(cli, listener.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) if is_json => {
            listener.hear(Event::Failed { error: error.to_string(), hint: error.hint(), exit_code: error.exit_code() });
            ExitCode::from(error.exit_code())
        }
        Err(error) => {
            eprintln!("tradestat: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(source) = cause {
                eprintln!("  because: {source}");
                cause = source.source();
            }
            if let Some(hint) = error.hint() {
                eprintln!("\nhint: {hint}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
