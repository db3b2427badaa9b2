//! What both daemons share: the clock, settings, shutdown, supervision, logs and metrics.

pub mod clock;
pub mod logs;
pub mod reload;
pub mod service;
pub mod settings;
pub mod shutdown;
pub mod supervise;

pub use clock::MasterClock;
pub use reload::Reloads;
pub use settings::Settings;
pub use shutdown::Shutdown;
pub use supervise::supervise;
