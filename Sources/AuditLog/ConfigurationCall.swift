internal import JSON

/// A request that names a configuration at most: `/v1/schema`, `/v1/openapi.json`, the test of forwarders.
package struct ConfigurationCall: Sendable {
    private enum Member: String, CaseIterable {
        case configurationID = "config_id"
    }

    /// Checks the body, whose `config_id` ``APIRequestBody/configurationID`` gives.
    package init(_ body: APIRequestBody) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        members.checkConfigurationID(.configurationID, problems: &problems)
        try problems.throwIfAny()
    }
}
