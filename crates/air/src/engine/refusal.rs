//! Why Air does not do what it was asked.

use super::capacity::Room;
use crate::evidence::OtherSpool;
use crate::plan::InvalidPlan;
use crate::sink::InvalidEndpoint;

/// A request that is not carried out. The message is a sentence which says how to mend it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request itself makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The channel is on air.
    #[error("channel {0} is on air already; stop it first, or update its plan")]
    AlreadyOnAir(String),
    /// The channel is not on air.
    #[error("channel {0} is not on air")]
    NotOnAir(String),
    /// The channel is on air with a session that was not meant.
    #[error("channel {channel} is on air with session {held}, not with {given}")]
    OtherSession {
        /// The channel.
        channel: String,
        /// The session that was named.
        given: String,
        /// The one that runs.
        held: String,
    },
    /// The evidence is another's.
    #[error(transparent)]
    OtherSpool(#[from] OtherSpool),
    /// A newer plan is held.
    #[error("the plan of channel {channel} has generation {given}, and generation {held} is held already")]
    StaleGeneration {
        /// The channel.
        channel: String,
        /// The plan's.
        given: u64,
        /// The one that is followed.
        held: u64,
    },
    /// Nobody takes the TS.
    #[error("the TS endpoint {endpoint} cannot be reached: {why}; Core has to listen there before it starts a channel")]
    EndpointUnreachable {
        /// Where.
        endpoint: String,
        /// What the system says.
        why: String,
    },
    /// The two daemons' protocols differ.
    #[error(
        "Core {core} speaks playout protocol {given} and Air {air} speaks {ours}; install the same version of both"
    )]
    Protocol {
        /// Core's version.
        core: String,
        /// Its protocol.
        given: u32,
        /// Air's version.
        air: &'static str,
        /// Its protocol.
        ours: u32,
    },
    /// The encoder refuses the channel's format.
    #[error(transparent)]
    Slate(#[from] retrovue_pipeline::SlateError),
    /// As many channels are on air as one Air carries.
    #[error("{0} channels are on air, and one Air carries no more")]
    Full(usize),
    /// Another channel would harm those that are on air.
    #[error(
        "{on_air} channels are on air and take {:.2} of the {:.2} cores that they may; one more would take {:.2}. More \
         channels fit with a smaller picture, a larger air.budget or a faster machine", .room.taken, .room.budget, .room.wanted
    )]
    NoRoom {
        /// Channels.
        on_air: usize,
        /// In cores.
        room: Room,
    },
    /// The machine cannot keep up with what is on air.
    #[error(
        "the channels that are on air are late: the machine cannot keep up with them. Give it less to do besides, or let \
         it have fewer channels by a smaller air.budget"
    )]
    Strained,
    /// Too many want to go on air at once.
    #[error("too many channels want to go on air at the same moment; try again in some seconds")]
    Crowded,
    /// Air is leaving.
    #[error("Air is shutting down; it starts no channel any more")]
    Draining,
    /// The machine refuses what Air needs.
    #[error("no thread could be started for the channel: {0}")]
    Machine(#[from] std::io::Error),
}

impl Refusal {
    /// Its stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_request",
            Self::AlreadyOnAir(_) => "already_on_air",
            Self::NotOnAir(_) => "not_on_air",
            Self::OtherSession { .. } => "other_session",
            Self::OtherSpool(_) => "other_spool",
            Self::StaleGeneration { .. } => "stale_generation",
            Self::EndpointUnreachable { .. } => "endpoint_unreachable",
            Self::Protocol { .. } => "protocol_mismatch",
            Self::Slate(_) => "format_refused",
            Self::Full(_) => "too_many_channels",
            Self::NoRoom { .. } => "no_room",
            Self::Strained => "strained",
            Self::Crowded => "crowded",
            Self::Draining => "draining",
            Self::Machine(_) => "out_of_resources",
        }
    }
}

impl From<InvalidPlan> for Refusal {
    fn from(invalid: InvalidPlan) -> Self {
        Self::Invalid(invalid.to_string())
    }
}

impl From<InvalidEndpoint> for Refusal {
    fn from(invalid: InvalidEndpoint) -> Self {
        Self::Invalid(invalid.to_string())
    }
}
