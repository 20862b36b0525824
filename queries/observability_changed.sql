-- title: Links and sinks of observability
-- group: Governance
-- question: Who changed links, sinks or the policies of sinks?
-- param: name resource optional - part of the link's or sink's name or ARN
-- limit: 200
-- since: 90d
-- example: observability-changed since=60d
-- expect: actor=priya | link_or_sink=arn:aws:oam:us-west-2:111111111111:sink/2d9b7e40-5c1f-4b6d-8a3e-f07c6e1d2b98 | call=CreateLink | result=done
-- expect: actor=priya | link_or_sink=arn:aws:oam:us-west-2:333333333333:link/6a3f8c1e-77b2-4d0a-9c55-1be0a2f4d913 | call=DeleteLink | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call,
    coalesce(
        json_extract_scalar(requestparameters, '$.sinkIdentifier'),
        json_extract_scalar(requestparameters, '$.identifier'),
        json_extract_scalar(requestparameters, '$.name')
    ) AS link_or_sink,
    json_extract_scalar(requestparameters, '$.policy') AS policy,
    result
FROM events
WHERE service = 'oam'
    AND eventname IN ('CreateLink', 'UpdateLink', 'DeleteLink', 'CreateSink', 'DeleteSink', 'PutSinkPolicy')
    AND (:name = '' OR strpos(mentions, lower(:name)) > 0)
ORDER BY eventtime DESC
