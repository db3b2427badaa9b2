//! The daemon's life: what it takes, in which order it comes, and in which order it goes.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use retrovue_kit::settings::{self, Reader, Reloader, Settings};
use retrovue_kit::{Reloads, Shutdown, logs, service};
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::{control, encoder, memory, metrics, socket};

/// How long open requests may take to end once everything is off air.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until it is told to leave, by a signal or, where it is `managed`, by the end of its standard input.
///
/// # Errors
/// A sentence for whoever started it.
pub fn serve(config: Option<&Path>, managed: bool) -> anyhow::Result<()> {
    let reloader = Reloader::load(Reader::Air, config, settings::process_environment())
        .map_err(|problems| anyhow::Error::msg(settings::sentence(&problems)))?;
    let settings = reloader.settings().clone();
    logs::start(&settings.log_level, settings.log_format);
    memory::keep_little();
    retrovue_pipeline::init()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(run(&settings, reloader, managed));
    // a thread that hangs on a dead mount must not keep the process
    runtime.shutdown_background();
    outcome
}

async fn run(settings: &Settings, reloader: Reloader, managed: bool) -> anyhow::Result<()> {
    let (shutdown, reloads) = (Shutdown::on_signals()?, Reloads::on_signals(reloader)?);
    if managed {
        leave_with_stdin(shutdown.clone())?;
    }
    let (listener, held) = socket::listen(&settings.air_socket)?;
    let encoder = encoder::choose(&settings.air_encoder).await;
    let engine = Engine::new(&settings.air_spool, settings.air_budget)?;
    let closing = CancellationToken::new();
    let metrics = tokio::spawn(metrics::serve(engine.clone(), settings.air_metrics, closing.clone()));
    let mut control =
        tokio::spawn(control::serve(engine.clone(), encoder, listener, shutdown.token(), closing.clone()));
    tracing::info!(socket = %settings.air_socket.display(), "Air serves");
    service::ready();

    let ended = tokio::select! {
        () = shutdown.begun() => None,
        () = stay_alive() => None,
        () = follow_settings(reloads) => None,
        () = memory::give_back(&engine) => None,
        ended = &mut control => Some(ended),
    };
    service::stopping();
    engine.drain().await;
    closing.cancel();
    let ended = match ended {
        Some(ended) => Some(ended),
        None => tokio::time::timeout(GRACE, control).await.ok(),
    };
    metrics.abort();
    drop(held);
    match ended {
        Some(ended) => ended?.context("Air's socket failed"),
        None => {
            tracing::warn!("requests were still open; they are cut off");
            Ok(())
        }
    }
}

/// Tells systemd that the daemon lives, where systemd wants to know.
async fn stay_alive() {
    match service::watchdog() {
        Some(period) => loop {
            service::alive();
            tokio::time::sleep(period).await;
        },
        None => std::future::pending().await,
    }
}

/// Reads the settings again whenever that is wanted: the level of logs is all of Air's that changes while it runs.
async fn follow_settings(mut reloads: Reloads) {
    loop {
        reloads.next().await;
        service::ready();
    }
}

/// Core holds the other end of a managed Air's standard input: when it ends, Core has gone.
fn leave_with_stdin(shutdown: Shutdown) -> std::io::Result<()> {
    std::thread::Builder::new().name("air-stdin".to_owned()).spawn(move || {
        if let Err(error) = std::io::copy(&mut std::io::stdin(), &mut std::io::sink()) {
            tracing::warn!(%error, "standard input failed");
        }
        tracing::info!("Core has gone: draining");
        shutdown.begin();
    })?;
    Ok(())
}
