package import Merkle

/// Who signs a log's checkpoints, and under which name.
package struct CheckpointSigner: Sendable {
    /// Makes the signer for an origin.
    private let key: @Sendable (_ origin: String) -> NoteSigner
    /// For a log that has no origin yet; from then on the store keeps it.
    package let origin: String

    package init(origin: String, key: @escaping @Sendable (_ origin: String) -> NoteSigner) {
        self.origin = origin
        self.key = key
    }

    package func signer(origin: String) -> NoteSigner { key(origin) }
}

/// What is to be fixed of a log: its open buffer published, its public tree signed.
package struct SealRequest: Sendable {
    package let log: LogID
    /// Closes the open buffer and publishes its root, unless the buffer is empty.
    package let closesBuffer: Bool
    /// Signs the public tree, unless nothing is new since the last checkpoint; nil leaves it.
    package let signer: CheckpointSigner?

    package init(log: LogID, closesBuffer: Bool, signer: CheckpointSigner?) {
        self.log = log
        self.closesBuffer = closesBuffer
        self.signer = signer
    }
}

/// What sealing a log gave; it is on disk.
package struct SealOutcome: Sendable {
    /// The root that was published; nil when the buffer was empty or not to be closed.
    package let root: PublishedRoot?
    /// The newest checkpoint, whether it was signed now or before.
    package let checkpoint: SignedNote?

    package init(root: PublishedRoot?, checkpoint: SignedNote?) {
        self.root = root
        self.checkpoint = checkpoint
    }
}
