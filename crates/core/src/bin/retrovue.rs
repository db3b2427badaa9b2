//! The operator's command line.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    retrovue_core::cli::main().await
}
