//! The generated wire types of `protos/retrovue/playout/v1`, and nothing else.

/// `retrovue.playout.v1`: Core drives Air.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "generated code"
)]
pub mod v1 {
    tonic::include_proto!("retrovue.playout.v1");
}

/// The encoded `FileDescriptorSet`, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Two daemons understand each other where this number is the same.
pub const PROTOCOL: u32 = 3;

/// The metadata of an error status that carries Air's stable code, beside the sentence in the message.
pub const CODE_METADATA: &str = "retrovue-code";
