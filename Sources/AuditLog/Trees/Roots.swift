package import Merkle

/// A root of the published tree, whose leaves are the roots of closed buffers (audit API contract, sections 4.4 and 6.2).
package struct PublishedRoot: Sendable, Equatable {
    /// Number of closed buffers.
    package let size: UInt64
    package let hash: TreeHash
    /// Microseconds since 1970.
    package let publishedAt: Int64
    /// From the size before; nil for the first root.
    package let consistencyProof: APIConsistencyProof?

    package init(size: UInt64, hash: TreeHash, publishedAt: Int64, consistencyProof: APIConsistencyProof?) {
        self.size = size
        self.hash = hash
        self.publishedAt = publishedAt
        self.consistencyProof = consistencyProof
    }
}

/// The root of the open buffer, which is not published yet.
package struct OpenRoot: Sendable, Equatable {
    /// Events in the buffer, at least one.
    package let size: UInt64
    package let hash: TreeHash

    package init(size: UInt64, hash: TreeHash) {
        self.size = size
        self.hash = hash
    }
}

/// Sizes of a log's trees at one moment, against which proofs are made.
package struct TreeSizes: Sendable, Equatable {
    /// The newest sequence.
    package let head: UInt64
    /// Closed buffers.
    package let published: UInt64
    /// The last sequence in a closed buffer.
    package let closed: UInt64

    package init(head: UInt64, published: UInt64, closed: UInt64) {
        self.head = head
        self.published = published
        self.closed = closed
    }
}

/// Where an event stands in the trees, with the proof that it does.
package struct EventProof: Sendable, Equatable {
    /// Index of the event's buffer in the published tree; nil while the buffer is open.
    package let leafIndex: UInt64?
    /// To the published root, or to the open buffer's.
    package let path: [PathStep]

    package init(leafIndex: UInt64?, path: [PathStep]) {
        self.leafIndex = leafIndex
        self.path = path
    }
}

/// Events with proofs and the roots that these lead to, of one moment.
package struct ProvenEvents: Sendable {
    package var events: [StoredEvent] = []
    /// One for each event; none where only the events were wanted.
    package var proofs: [EventProof] = []
    package var root: PublishedRoot?
    package var openRoot: OpenRoot?

    package init() {}

    /// Events alone.
    package init(events: [StoredEvent]) { self.events = events }

    /// Leaves out events, with their proofs.
    package mutating func filter(_ isIncluded: (StoredEvent) -> Bool) {
        let kept = events.indices.filter { isIncluded(events[$0]) }
        guard kept.count < events.count else { return }
        if !proofs.isEmpty { proofs = kept.map { proofs[$0] } }
        events = kept.map { events[$0] }
    }
}

/// What a writer of one event gets of the open buffer that it is in (audit API contract, section 3.1).
package struct BufferProof: Sendable, Equatable {
    /// Of the buffer with the event.
    package let root: TreeHash
    package let path: [PathStep]
    /// From the root that the writer named; nil when it is none of this buffer's.
    package let consistencyProof: APIConsistencyProof?

    package init(root: TreeHash, path: [PathStep], consistencyProof: APIConsistencyProof?) {
        self.root = root
        self.path = path
        self.consistencyProof = consistencyProof
    }
}

/// A log's trees in numbers, for people and for `GET /admin/logs`.
package struct TreeSummary: Sendable {
    package let sizes: TreeSizes
    package let root: PublishedRoot?
    package let openRoot: OpenRoot?
    /// The newest signed checkpoint of the public tree.
    package let checkpoint: SignedNote?

    package init(sizes: TreeSizes, root: PublishedRoot?, openRoot: OpenRoot?, checkpoint: SignedNote?) {
        self.sizes = sizes
        self.root = root
        self.openRoot = openRoot
        self.checkpoint = checkpoint
    }
}
