//! The Core daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};
use retrovue_core::daemon::Daemon;
use retrovue_kit::settings::{Reader, Reloader};
use retrovue_kit::{Reloads, Shutdown, logs, settings};

/// RetroVue Core: keeps schedules, runs channels, serves viewers.
#[derive(Parser)]
#[command(name = "retrovue-core", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run until SIGTERM or SIGINT; a second one aborts. SIGHUP reads the settings again.
    Serve {
        /// Settings file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Verb::Serve { config } = Arguments::parse().verb;
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Option<PathBuf>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(serve(config));
    // a thread that plans, or hangs on a dead mount, must not keep the process
    runtime.shutdown_background();
    outcome
}

async fn serve(config: Option<PathBuf>) -> anyhow::Result<()> {
    let reloader = match Reloader::load(Reader::Core, config.as_deref(), settings::process_environment()) {
        Ok(reloader) => reloader,
        Err(problems) => bail!("{}", settings::sentence(&problems)),
    };
    let settings = reloader.settings().clone();
    logs::start(&settings.log_level, settings.log_format);
    let (shutdown, reloads) = (Shutdown::on_signals()?, Reloads::on_signals(reloader)?);
    let daemon = Daemon::start(settings, config.as_deref()).await?;
    daemon.run(shutdown, reloads).await;
    Ok(())
}
