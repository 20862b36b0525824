-- title: Source identity of Studio domains
-- group: Studio
-- question: Who turned on or off that a Studio domain's sessions say which user they are?
-- param: domain resource optional - part of the domain's id or name
-- limit: 200
-- since: 90d
-- example: attribution-off since=90d
-- expect: actor=priya | domain=ml-test-studio | source_identity_by=not set, which is off | result=done
-- expect: actor=priya | domain=d-prod2kq7xw1m | source_identity_by=USER_PROFILE_NAME | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call,
    coalesce(
        json_extract_scalar(requestparameters, '$.domainId'),
        json_extract_scalar(requestparameters, '$.domainName')
    ) AS domain,
    coalesce(
        json_extract_scalar(requestparameters, '$.domainSettingsForUpdate.executionRoleIdentityConfig'),
        json_extract_scalar(requestparameters, '$.domainSettings.executionRoleIdentityConfig'),
        'not set, which is off'
    ) AS source_identity_by,
    result
FROM events
WHERE service = 'sagemaker'
    AND (
        eventname = 'CreateDomain'
        OR (
            eventname = 'UpdateDomain'
            AND json_extract_scalar(
                requestparameters, '$.domainSettingsForUpdate.executionRoleIdentityConfig'
            ) IS NOT NULL
        )
    )
    AND (:domain = '' OR strpos(mentions, lower(:domain)) > 0)
ORDER BY eventtime DESC
