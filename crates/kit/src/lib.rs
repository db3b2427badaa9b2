//! What both daemons share: the clock, settings, shutdown, logs and metrics.

pub mod clock;
pub mod logs;
pub mod service;
pub mod settings;
pub mod shutdown;

pub use clock::MasterClock;
pub use settings::Settings;
pub use shutdown::Shutdown;
