/// What a run gave.
package struct Report: Sendable {
    let machine: Machine
    let options: Options
    let executable: String
    var limits: Limits?
    var mappings: [MappingSpeed] = []
    var search: SearchSpeed?
    var hostile: [HostileSpeed] = []
    var scenarios: [ScenarioFigures] = []
    var kills: [KillFigures] = []

    init(machine: Machine, options: Options, executable: String) {
        self.machine = machine
        self.options = options
        self.executable = executable
    }

    var bars: [Bar] { Bar.all(self) }

    /// Whether everything that was measured reaches its bar.
    package var isPassed: Bool {
        bars.allSatisfy { $0.isReached != false } && scenarios.allSatisfy(\.isDrained) && kills.allSatisfy(\.isKept)
    }
}
